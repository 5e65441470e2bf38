using System.Numerics;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// Parts a molecule's torsions into those with a common angle. Whether two turn together, and how far apart, is averaged over all pairs
/// that symmetry maps them to, so that it maps parts onto parts. Two carbons on a pyramidal nitrogen do not: they are a third of a turn
/// apart in one sense or in the other, whichever way it has inverted; each of them keeps its own angle.
/// </summary>
internal sealed class CommonAngleFinder
{
    private const double Together = 0.7; // resultant of the difference: rings 0.95 and more, pyramids 0.64 and less
    private const double Slack = 20 * Math.PI / 180; // a part of three is off thirds of a turn by a few degrees
    private const int MostLooks = 1000; // samples; whether torsions turn together is seen in a few

    private readonly TorsionImages _images;
    private readonly double[][] _angles; // [T][S]
    private readonly Dictionary<(int, int), Complex> _differences = []; // mean of exp(i(second - first)) over samples and images

    private CommonAngleFinder(TorsionImages images, double[][] angles) => (_images, _angles) = (images, angles);

    /// <summary>Every torsion is in one of them.</summary>
    /// <param name="images">The torsions.</param>
    /// <param name="angles">[T][S] rad.</param>
    public static CommonAngle[] Find(TorsionImages images, double[][] angles)
    {
        var finder = new CommonAngleFinder(images, angles);
        return [.. Enumerable.Range(0, angles.Length).GroupBy(t => (images.Orbits[t], Axis(images.Torsions[t])))
            .SelectMany(g => images.Torsions[g.First()].Kind == TorsionKind.Inversion ? [finder.Inversion([.. g])]
                : finder.Parts([.. g]).SelectMany(finder.Turning))];
    }

    /// <summary>What torsions with a common angle share: the two atoms of the axis, or the nitrogen.</summary>
    private static (int, int) Axis(TorsionCoordinate t) => t.Kind == TorsionKind.Inversion ? (t.I, t.I) : (t.J, t.K);

    private CommonAngle Inversion(int[] torsions)
    {
        int[] Neighbours(int t) => [_images.Torsions[t].J, _images.Torsions[t].K, _images.Torsions[t].L];
        int[] first = Neighbours(torsions[0]);
        return new(torsions, new int[torsions.Length], [.. torsions.Select(t => IsOdd([.. Neighbours(t).Select(a =>
            Array.IndexOf(first, a))]))], 1);
    }

    private static bool IsOdd(int[] three) => (three[0] > three[1]) ^ (three[0] > three[2]) ^ (three[1] > three[2]);

    /// <summary>Torsions of one axis, parted into those that turn together.</summary>
    private IEnumerable<int[]> Parts(int[] torsions)
    {
        var left = new List<int>(torsions);
        while (left.Count > 0)
        {
            List<int> part = [left[0]];
            left.RemoveAt(0);
            for (int n = 0; n < part.Count; n++)
            {
                int[] found = [.. left.Where(t => Difference(part[n], t).Magnitude >= Together)];
                part.AddRange(found);
                left.RemoveAll(found.Contains);
            }
            yield return [.. part];
        }
    }

    /// <summary>The common angle of a part by the fewest turns that explain all differences; torsions by themselves if none does.</summary>
    private IEnumerable<CommonAngle> Turning(int[] part)
    {
        for (int turns = 1; turns <= part.Length; turns++)
        {
            if (part.Length % turns != 0 || !CircularStates.CanTurn(turns)) // the group of turns acts on the part: its order divides it
                continue;
            double step = 2 * Math.PI / turns;
            int[] steps = [.. part.Select(t => t == part[0] ? 0 : (int)Math.Round(Difference(part[0], t).Phase / step))];
            bool IsExplained(int a, int b) => a == b
                || Math.Abs(Math.IEEERemainder(Difference(part[a], part[b]).Phase - (steps[b] - steps[a]) * step, 2 * Math.PI)) < Slack;
            int[] members = [.. Enumerable.Range(0, part.Length)];
            if (Array.TrueForAll(members, a => Array.TrueForAll(members, b => IsExplained(a, b))))
                return [new(part, steps, new bool[part.Length], turns)];
        }
        return part.Select(CommonAngle.Single);
    }

    private Complex Difference(int first, int second)
    {
        if (_differences.TryGetValue((first, second), out Complex known))
            return known;
        (int First, int Second)[] pairs = [.. _images.Maps.Select(map => (map[first], map[second])).Distinct()];
        int samples = _angles[0].Length, stride = Math.Max(1, samples / MostLooks), looks = 0;
        Complex sum = 0;
        for (int s = 0; s < samples; s += stride, looks++)
            foreach ((int a, int b) in pairs)
                sum += Complex.FromPolarCoordinates(1, _angles[b][s] - _angles[a][s]);
        foreach ((int, int) pair in pairs)
            _differences[pair] = sum / (looks * pairs.Length);
        return _differences[(first, second)];
    }
}
