using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Sampling;

namespace MolSampling.Molecular.Solvation;

/// <summary>A cubic box of rigid water, about a solute or of water alone: parameters and a geometry to start from.</summary>
public sealed class WaterBox
{
    private const double Clearance = 0.24; // nm from an oxygen to the solute's nearest atom: inside, a water is left out

    private WaterBox(ClassicalSystem system, double[] positions, int waters, double edge) =>
        (System, Positions, Waters, Edge) = (system, positions, waters, edge);

    /// <summary>The solute's atoms first, then O, H, H of each water.</summary>
    public ClassicalSystem System { get; }

    /// <summary>[N, 3] nm: waters on a lattice, turned at random. To be relaxed.</summary>
    public double[] Positions { get; }

    /// <summary>How many.</summary>
    public int Waters { get; }

    /// <summary>nm.</summary>
    public double Edge { get; }

    /// <summary>So many waters at the liquid's density.</summary>
    /// <param name="model">The water.</param>
    /// <param name="waters">How many.</param>
    /// <param name="cutoff">nm; Lennard-Jones is switched off over the last nanometre's tenth.</param>
    /// <param name="random">Of orientations and places.</param>
    /// <param name="edge">Of the box, nm; null for the liquid's density.</param>
    /// <exception cref="ArgumentException">A cut-off beyond half the box.</exception>
    public static WaterBox OfWater(WaterModel model, int waters, double cutoff, RandomSource random, double? edge = null) =>
        Make(model, null, [], waters, edge ?? Math.Cbrt(waters * model.Volume), cutoff, random);

    /// <summary>A solute in the middle of a box, filled with water.</summary>
    /// <param name="model">The water.</param>
    /// <param name="solute">Its parameters, without a box.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="edge">Of the box, nm.</param>
    /// <param name="cutoff">nm.</param>
    /// <param name="random">Of orientations and places.</param>
    /// <exception cref="ArgumentException">A solute too large for the box, in an implicit solvent or held, or a cut-off beyond half the
    /// box.</exception>
    public static WaterBox Around(WaterModel model, ClassicalSystem solute, IReadOnlyList<double> positions, double edge, double cutoff,
        RandomSource random)
    {
        if (solute.ImplicitSolvent is not null)
            throw new ArgumentException("A solute in an implicit solvent is not put into water as well.");
        if (solute.Constraints.Count > 0)
            throw new ArgumentException("The engine holds the distances of water alone: a solute with constraints does not fit.");
        double[] centred = Centred(positions, out double extent);
        if (extent + 2 * cutoff > 2 * edge || extent + 2 * Clearance > edge)
            throw new ArgumentException(FormattableString.Invariant(
                $"The solute is {extent:f2} nm long: a box of {edge:f2} nm with a cut-off of {cutoff:f2} nm is too small for it."));
        return Make(model, solute, centred, null, edge, cutoff, random);
    }

    private static WaterBox Make(WaterModel model, ClassicalSystem? solute, double[] centred, int? waters, double edge, double cutoff,
        RandomSource random)
    {
        if (!(2 * cutoff <= edge))
            throw new ArgumentException(FormattableString.Invariant(
                $"A cut-off of {cutoff:f2} nm is more than half the box of {edge:f2} nm."));
        List<double> positions = [.. centred];
        int count = Fill(positions, model, centred, waters, edge, random.Split("water box"));
        int first = centred.Length / 3;
        double[] masses = [.. solute?.Masses ?? [], .. Enumerable.Range(0, count).SelectMany(_ => new[] { WaterModel.OxygenMass,
            WaterModel.HydrogenMass, WaterModel.HydrogenMass })];
        ClassicalSystem own = solute ?? new ClassicalSystem { Masses = [] };
        IEnumerable<int> oxygens = Enumerable.Range(0, count).Select(w => first + 3 * w);
        NonbondedParticle[] particles = model.Particles;
        return new(own with
        {
            Masses = masses,
            Particles = [.. own.Particles, .. Enumerable.Range(0, count).SelectMany(_ => particles)],
            Exceptions = [.. own.Exceptions, .. oxygens.SelectMany(o => new ExceptionPair[] { new(o, o + 1, 0, 0.1, 0),
                new(o, o + 2, 0, 0.1, 0), new(o + 1, o + 2, 0, 0.1, 0) })],
            Constraints = [.. oxygens.SelectMany(o => new ConstraintPair[] { new(o, o + 1, model.Bond), new(o, o + 2, model.Bond),
                new(o + 1, o + 2, model.Across) })],
            Reach = new(cutoff, cutoff - SwitchWidth, 78.3, new RectangularBox(edge, edge, edge))
            {
                IsEwald = true,
                HasDispersionCorrection = true,
            },
        }, [.. positions], count, edge);
    }

    /// <summary>Lennard-Jones is switched off over so many nm before the cut-off.</summary>
    public const double SwitchWidth = 0.1;

    /// <summary>Puts waters on a lattice as wide as their density, where there is room.</summary>
    private static int Fill(List<double> positions, WaterModel model, double[] solute, int? waters, double edge, RandomSource random)
    {
        int side = waters is { } asked ? (int)Math.Ceiling(Math.Cbrt(asked) - 1e-9) : (int)Math.Round(edge / Math.Cbrt(model.Volume));
        double gap = edge / side, height = Math.Sqrt(model.Bond * model.Bond - model.Across * model.Across / 4);
        // of a lattice with more points than waters, points all over it are left free
        int[] points = [.. Enumerable.Range(0, side * side * side).OrderBy(_ => random.NextDouble()).Take(waters ?? int.MaxValue).Order()];
        int count = 0;
        foreach (int point in points)
        {
            double[] o = [Place(point / (side * side)), Place(point / side % side), Place(point % side)];
            if (IsTaken(o))
                continue;
            (double[] along, double[] across) = Frame(random);
            positions.AddRange(o);
            foreach (int sign in (int[])[1, -1])
                for (int d = 0; d < 3; d++)
                    positions.Add(o[d] + height * along[d] + sign * model.Across / 2 * across[d]);
            count++;
        }
        return count;

        double Place(int n) => (n + 0.5) * gap - edge / 2;

        bool IsTaken(double[] o)
        {
            for (int a = 0; a < solute.Length; a += 3)
            {
                double square = 0;
                for (int d = 0; d < 3; d++)
                {
                    double x = o[d] - solute[a + d];
                    x -= edge * Math.Round(x / edge);
                    square += x * x;
                }
                if (square < Clearance * Clearance)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Two unit vectors at a right angle, turned at random.</summary>
    private static (double[] Along, double[] Across) Frame(RandomSource random)
    {
        double[] a = [random.NextNormal(), random.NextNormal(), random.NextNormal()], b = [random.NextNormal(), random.NextNormal(),
            random.NextNormal()];
        Normalise(a);
        double dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        for (int d = 0; d < 3; d++)
            b[d] -= dot * a[d];
        Normalise(b);
        return (a, b);

        static void Normalise(double[] v)
        {
            double length = Math.Sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
            for (int d = 0; d < 3; d++)
                v[d] /= length;
        }
    }

    private static double[] Centred(IReadOnlyList<double> positions, out double extent)
    {
        double[] x = [.. positions];
        extent = 0;
        for (int d = 0; d < 3; d++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int k = d; k < x.Length; k += 3)
                (low, high) = (Math.Min(low, x[k]), Math.Max(high, x[k]));
            for (int k = d; k < x.Length; k += 3)
                x[k] -= (low + high) / 2;
            extent = Math.Max(extent, high - low);
        }
        return x;
    }
}
