using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Rigid;

namespace MolSampling.Molecular.Crystals;

/// <summary>
/// Proton-ordered hexagonal ice of rigid TIP4P-Ew water, in the cell and with the reach of J. Koehler, M. Invernizzi, P. de Haan, F. Noe,
/// "Rigid body flows for sampling molecular crystal structures", ICML 2023: 0.89846 x 0.77808 x 0.73358 nm for 16 molecules,
/// Lennard-Jones switched over the last tenth before half the shortest edge, with the energy of a uniform medium beyond, Ewald's sum.
/// Oxygens stand on the ideal lattice; which neighbours a molecule gives its hydrogens to is a table, so nothing moves them.
/// </summary>
public static class IceXi
{
    private const int SitesOfWater = 4, CellMolecules = 16;
    private static WaterModel Model => WaterModel.Tip4pEw;
    private static readonly double[] s_cell = [0.89846, 0.77808, 0.73358];

    // fractions of the cell: two puckered layers, each twice along x, and the same moved by (3/4, 1/2, 0) or (1/4, 1/2, 0)
    private static readonly double[][] s_layer = [[0, 0, 0], [0, 1 / 3.0, 7 / 8.0], [0, 0, 3 / 8.0], [0, 1 / 3.0, 1 / 2.0]];
    private static readonly double[][] s_shifts = [[0, 0, 0], [0.5, 0, 0], [0.75, 0.5, 0], [0.25, 0.5, 0]];

    // the two neighbours that each molecule gives a hydrogen to
    private static readonly (int First, int Second)[] s_given = [(1, 13), (3, 12), (0, 11), (2, 10), (5, 9), (7, 8), (4, 15), (6, 14),
        (1, 10), (0, 8), (7, 11), (6, 9), (5, 14), (4, 12), (3, 15), (2, 13)];

    /// <summary>A molecule: O, H, H and the place of the negative charge.</summary>
    public static RigidBody Water { get; } = MakeWater();

    /// <summary>A crystal of so many cells along each axis, 16 molecules a cell.</summary>
    /// <param name="x">Cells.</param>
    /// <param name="y">Cells.</param>
    /// <param name="z">Cells.</param>
    public static RigidCrystal Create(int x = 1, int y = 1, int z = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Math.Min(x, Math.Min(y, z)));
        double[] edges = [s_cell[0] * x, s_cell[1] * y, s_cell[2] * z];
        int molecules = CellMolecules * x * y * z;
        double[] poses = new double[RigidBody.PoseSize * molecules], sites = new double[3 * SitesOfWater];
        for (int m = 0; m < molecules; m++)
        {
            int cell = m / CellMolecules, own = m % CellMolecules;
            int[] at = [cell / (y * z), cell / z % y, cell % z];
            double[] first = Direction(own, s_given[own].First), second = Direction(own, s_given[own].Second);
            double[] place = [.. Enumerable.Range(0, 3).Select(d => s_cell[d] * (at[d] + Fraction(own, d)))];
            Orient(place, first, second, sites);
            Water.Fit(sites, poses.AsSpan(RigidBody.PoseSize * m, RigidBody.PoseSize));
        }
        double cutoff = Math.Min(edges[0], Math.Min(edges[1], edges[2])) / 2 - 1e-5; // as published
        var system = new ClassicalSystem
        {
            Masses = [.. Enumerable.Range(0, molecules).SelectMany(_ =>
                (double[])[WaterModel.OxygenMass, WaterModel.HydrogenMass, WaterModel.HydrogenMass, 0])],
            Particles = [.. Enumerable.Range(0, molecules).SelectMany(_ => (NonbondedParticle[])[.. Model.Particles,
                Model.SiteParticle])],
            Exceptions = [.. from m in Enumerable.Range(0, molecules)
                             from i in Enumerable.Range(0, SitesOfWater)
                             from j in Enumerable.Range(i + 1, SitesOfWater - 1 - i)
                             select new ExceptionPair(SitesOfWater * m + i, SitesOfWater * m + j, 0, 0.1, 0)],
            Reach = new(cutoff, 0.9 * cutoff, 78.3, new RectangularBox(edges[0], edges[1], edges[2]))
            {
                IsEwald = true,
                HasDispersionCorrection = true,
            },
        };
        return new($"ice-xi-{molecules}", $"ice XI, {molecules} rigid TIP4P-Ew waters", system, [.. Enumerable.Repeat(Water, molecules)],
            poses);
    }

    private static double Fraction(int molecule, int axis) => s_layer[molecule % 4][axis] + s_shifts[molecule / 4][axis];

    /// <summary>To the nearest image of a neighbour, nm.</summary>
    private static double[] Direction(int from, int to) => [.. Enumerable.Range(0, 3).Select(d =>
    {
        double turns = Fraction(to, d) - Fraction(from, d);
        return s_cell[d] * (turns - Math.Round(turns));
    })];

    /// <summary>A water whose hydrogens lie in the plane of two directions, evenly about their middle.</summary>
    private static void Orient(double[] place, double[] first, double[] second, double[] sites)
    {
        double one = Math.Sqrt(first.Sum(v => v * v)), other = Math.Sqrt(second.Sum(v => v * v));
        double[] middle = [.. first.Zip(second, (a, b) => a / one + b / other)],
            across = [.. first.Zip(second, (a, b) => a / one - b / other)];
        double m = Math.Sqrt(middle.Sum(v => v * v)), c = Math.Sqrt(across.Sum(v => v * v)), half = Model.Angle / 2 * Math.PI / 180;
        for (int d = 0; d < 3; d++)
        {
            double along = Model.Bond * Math.Cos(half) * middle[d] / m, aside = Model.Bond * Math.Sin(half) * across[d] / c;
            (sites[d], sites[3 + d], sites[6 + d]) = (place[d], place[d] + along + aside, place[d] + along - aside);
            sites[9 + d] = place[d] + Model.ToCharge * middle[d] / m;
        }
    }

    private static RigidBody MakeWater()
    {
        var sites = new double[3 * SitesOfWater];
        double half = Model.Angle / 2 * Math.PI / 180;
        Orient([0, 0, 0], [Math.Cos(half), Math.Sin(half), 0], [Math.Cos(half), -Math.Sin(half), 0], sites);
        return new(sites);
    }
}
