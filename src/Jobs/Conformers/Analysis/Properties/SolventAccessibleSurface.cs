using MolSampling.Molecular;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Analysis.Properties;

/// <summary>
/// The area that the centre of a water molecule can touch, by points on the spheres of radius r + 0.14 nm about all atoms: A. Shrake, J. A.
/// Rupley, J. Mol. Biol. 79 (1973) 351. Radii: <see cref="VanDerWaalsRadius"/>, hydrogens included.
/// </summary>
internal sealed class SolventAccessibleSurface
{
    private const double Probe = 0.14; // nm
    private const int Points = 400; // on a sphere: two spheres' areas are right to 1 %, over many orientations to 0.1 % (a test)

    private static readonly double[] s_points = Spiral(); // [Points, 3]

    private readonly double[] _radii; // [N] nm, with the probe's

    /// <summary>Looks the radii up.</summary>
    /// <exception cref="MoleculeFormatException">An element has none.</exception>
    public SolventAccessibleSurface(Molecule molecule) => _radii = [.. molecule.Atoms.Select((a, i) =>
        Probe + (VanDerWaalsRadius.Of(a.AtomicNumber) ?? throw new MoleculeFormatException(molecule.Name, 0,
            $"--property sasa: there is no radius for atom {i + 1} ({a.Symbol})")))];

    /// <summary>nm^2. May be called by several threads.</summary>
    /// <param name="x">[N, 3] nm.</param>
    public double Area(ReadOnlySpan<float> x)
    {
        double area = 0;
        int[] near = new int[_radii.Length];
        for (int a = 0; a < _radii.Length; a++)
        {
            int count = 0;
            for (int b = 0; b < _radii.Length; b++)
                if (b != a && Square(x[3 * a] - (double)x[3 * b], x[3 * a + 1] - (double)x[3 * b + 1], x[3 * a + 2] - (double)x[3 * b + 2])
                    < (_radii[a] + _radii[b]) * (_radii[a] + _radii[b]))
                    near[count++] = b;
            area += 4 * Math.PI * _radii[a] * _radii[a] * Free(x, a, near.AsSpan(0, count)) / Points;
        }
        return area;
    }

    /// <summary>How many points of an atom's sphere lie in no other sphere.</summary>
    private int Free(ReadOnlySpan<float> x, int atom, Span<int> near)
    {
        int free = 0;
        for (int p = 0; p < Points; p++)
        {
            double px = x[3 * atom] + _radii[atom] * s_points[3 * p], py = x[3 * atom + 1] + _radii[atom] * s_points[3 * p + 1],
                pz = x[3 * atom + 2] + _radii[atom] * s_points[3 * p + 2];
            int n = 0;
            while (n < near.Length && Square(px - x[3 * near[n]], py - x[3 * near[n] + 1], pz - x[3 * near[n] + 2])
                >= _radii[near[n]] * _radii[near[n]])
                n++;
            if (n == near.Length)
                free++;
            else if (n > 0)
                (near[0], near[n]) = (near[n], near[0]); // it hides the next point too, mostly
        }
        return free;
    }

    private static double Square(double x, double y, double z) => x * x + y * y + z * z;

    /// <summary>Points of a golden spiral, each for the same area.</summary>
    private static double[] Spiral()
    {
        double[] points = new double[3 * Points];
        for (int p = 0; p < Points; p++)
        {
            double z = 1 - (2 * p + 1.0) / Points, r = Math.Sqrt(1 - z * z), angle = p * Math.PI * (3 - Math.Sqrt(5));
            (points[3 * p], points[3 * p + 1], points[3 * p + 2]) = (r * Math.Cos(angle), r * Math.Sin(angle), z);
        }
        return points;
    }
}
