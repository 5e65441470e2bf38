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

    /// <summary>The solute's atoms first, then O, H, H of each water; virtual sites, of waters that have them, behind all
    /// atoms.</summary>
    public ClassicalSystem System { get; }

    /// <summary>[N, 3] nm: waters on a lattice, turned at random. To be relaxed.</summary>
    public double[] Positions { get; }

    /// <summary>How many.</summary>
    public int Waters { get; }

    /// <summary>nm; as many waters as fit have exactly the liquid's density in what the solute leaves.</summary>
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

    /// <summary>What a solute takes of the liquid, roughly: a little more than its atoms' spheres of half the distance where Lennard-Jones
    /// is deepest, which leaves methane, ethanol and benzene within a tenth or two of their partial molar volumes in water.</summary>
    /// <param name="particles">[N].</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <returns>nm^3.</returns>
    public static double VolumeOf(IReadOnlyList<NonbondedParticle> particles, IReadOnlyList<double> positions)
    {
        const double gap = 0.02, crowding = 1.35, half = 0.56123102415; // nm; -; 2^(1/6)/2
        var taken = new HashSet<(int, int, int)>();
        for (int a = 0; a < particles.Count; a++)
        {
            double radius = particles[a].Epsilon > 0 ? half * particles[a].Sigma : 0;
            int reach = (int)(radius / gap) + 1, cx = (int)Math.Round(positions[3 * a] / gap), cy = (int)Math.Round(positions[3 * a
                + 1] / gap),
                cz = (int)Math.Round(positions[3 * a + 2] / gap);
            for (int x = -reach; x <= reach; x++)
                for (int y = -reach; y <= reach; y++)
                    for (int z = -reach; z <= reach; z++)
                        if (gap * gap * (x * x + y * y + z * z) < radius * radius)
                            taken.Add((cx + x, cy + y, cz + z));
        }
        return crowding * taken.Count * gap * gap * gap;
    }

    /// <summary>A solute in the middle of a box, filled with water.</summary>
    /// <param name="model">The water.</param>
    /// <param name="solute">Its parameters, without a box.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="edge">Of the box, nm.</param>
    /// <param name="cutoff">nm.</param>
    /// <param name="random">Of orientations and places.</param>
    /// <param name="share">Of the solute's volume that it gets: 1 where it is whole, 1/2 where it is coupled and decoupled in one box,
    /// whose pressure then is as much above the liquid's at one end as below it at the other.</param>
    /// <exception cref="ArgumentException">A solute too large for the box or in an implicit solvent, or a cut-off beyond half the
    /// box.</exception>
    public static WaterBox Around(WaterModel model, ClassicalSystem solute, IReadOnlyList<double> positions, double edge, double cutoff,
        RandomSource random, double share = 1)
    {
        if (solute.ImplicitSolvent is not null)
            throw new ArgumentException("A solute in an implicit solvent is not put into water as well.");
        double[] centred = Centred(positions, out double extent);
        if (extent + 2 * cutoff > 2 * edge || extent + 2 * Clearance > edge)
            throw new ArgumentException(FormattableString.Invariant(
                $"The solute is {extent:f2} nm long: a box of {edge:f2} nm with a cut-off of {cutoff:f2} nm is too small for it."));
        double taken = share * VolumeOf(solute.Particles, centred);
        int waters = (int)Math.Round((edge * edge * edge - taken) / model.Volume);
        return Make(model, solute, centred, waters, Math.Cbrt(waters * model.Volume + taken), cutoff, random);
    }

    private static WaterBox Make(WaterModel model, ClassicalSystem? solute, double[] centred, int waters, double edge, double cutoff,
        RandomSource random)
    {
        if (!(2 * cutoff <= edge))
            throw new ArgumentException(FormattableString.Invariant(
                $"A cut-off of {cutoff:g6} nm is more than half the box, whose edge of {edge:f4} nm whole waters make."));
        List<double> positions = [.. centred];
        Fill(positions, model, centred, waters, edge, random.Split("water box"));
        int first = centred.Length / 3;
        double[] masses = [.. solute?.Masses ?? [], .. Enumerable.Range(0, waters).SelectMany(_ => new[] { WaterModel.OxygenMass,
            WaterModel.HydrogenMass, WaterModel.HydrogenMass })];
        ClassicalSystem own = solute ?? new ClassicalSystem { Masses = [] };
        int[] oxygens = [.. Enumerable.Range(0, waters).Select(w => first + 3 * w)];
        int site = first + 3 * waters; // the first one
        NonbondedParticle[] particles = model.Particles;
        return new(own with
        {
            Masses = masses,
            Particles = [.. own.Particles, .. Enumerable.Range(0, waters).SelectMany(_ => particles),
                .. Enumerable.Repeat(model.SiteParticle, model.HasSite ? waters : 0)],
            VirtualSites = model.HasSite ? [.. oxygens.Select(model.SiteOf)] : [],
            Exceptions = [.. own.Exceptions, .. oxygens.SelectMany(o => new ExceptionPair[] { new(o, o + 1, 0, 0.1, 0),
                new(o, o + 2, 0, 0.1, 0), new(o + 1, o + 2, 0, 0.1, 0) }),
                .. oxygens.SelectMany((o, w) => Enumerable.Range(o, model.HasSite ? 3 : 0).Select(a =>
                    new ExceptionPair(a, site + w, 0, 0.1, 0)))],
            Constraints = [.. own.Constraints, .. oxygens.SelectMany(o => new ConstraintPair[] { new(o, o + 1, model.Bond),
                new(o, o + 2, model.Bond), new(o + 1, o + 2, model.Across) })],
            Reach = new(cutoff, cutoff - SwitchWidth, 78.3, new RectangularBox(edge, edge, edge))
            {
                IsEwald = true,
                HasDispersionCorrection = true,
            },
        }, [.. positions], waters, edge);
    }

    /// <summary>Lennard-Jones is switched off over so many nm before the cut-off.</summary>
    public const double SwitchWidth = 0.1;

    /// <summary>Puts waters on points of a lattice where there is room: of the widest lattice that has enough of them.</summary>
    private static void Fill(List<double> positions, WaterModel model, double[] solute, int waters, double edge, RandomSource random)
    {
        int side = (int)Math.Ceiling(Math.Cbrt(waters) - 1e-9);
        double[][] free;
        for (; ; side++)
        {
            free = [.. Enumerable.Range(0, side * side * side).Select(p => new[] { Place(p / (side * side)), Place(p / side % side),
                Place(p % side) }).Where(o => !IsTaken(o))];
            if (free.Length >= waters)
                break;
        }
        double height = Math.Sqrt(model.Bond * model.Bond - model.Across * model.Across / 4);
        foreach (double[] o in free.OrderBy(_ => random.NextDouble()).Take(waters))
        {
            (double[] along, double[] across) = Frame(random);
            positions.AddRange(o);
            foreach (int sign in (int[])[1, -1])
                for (int d = 0; d < 3; d++)
                    positions.Add(o[d] + height * along[d] + sign * model.Across / 2 * across[d]);
        }

        double Place(int n) => (n + 0.5) * edge / side - edge / 2;

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
