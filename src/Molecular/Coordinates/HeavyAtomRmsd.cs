using System.Numerics;
using System.Runtime.InteropServices;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The least root mean square distance of the heavy atoms of two conformers over rotations (mirror images are not superposed) and over
/// equivalent numberings (<see cref="RDKitMolecule.HeavyAtomSymmetries"/>): what RDKit's getBestRMS gives for molecules without hydrogens.
/// The rotation is not formed: with S the 3 x 3 covariance of two centred geometries, n RMSD^2 = G_a + G_b - 2 lambda, lambda the largest
/// root of lambda^4 - 2 |S|^2 lambda^2 - 8 det(S) lambda + |S|^4 - 4 |cof(S)|^2 (D. L. Theobald, Acta Cryst. A 61 (2005) 478, the
/// coefficients written by the invariants of S), found by Newton's method from (G_a + G_b) / 2, which lies above all roots.
/// </summary>
public sealed class HeavyAtomRmsd
{
    private const int MostSymmetries = 10_000, MostNewtonSteps = 100;

    private readonly int[] _atoms;
    private readonly int[][] _images; // [numbering][n] places in _atoms

    /// <summary>Finds the heavy atoms and their equivalent numberings.</summary>
    public HeavyAtomRmsd(RDKitMolecule molecule)
    {
        _atoms = [.. Enumerable.Range(0, molecule.Molecule.Atoms.Count).Where(a => molecule.Molecule.Atoms[a].AtomicNumber > 1)];
        _images = [.. molecule.HeavyAtomSymmetries(MostSymmetries, out bool truncated).Select(image =>
            image.Select(a => Array.BinarySearch(_atoms, a)).ToArray())];
        IsTruncated = truncated;
    }

    private HeavyAtomRmsd(int[] atoms, IEnumerable<int[]> maps, bool truncated) => (_atoms, _images, IsTruncated) =
        (atoms, [.. maps.Select(map => atoms.Select(a => Array.BinarySearch(atoms, map[a])).ToArray())], truncated);

    /// <summary>The same distance with the hydrogens that name a rotor's angle, those that are alone on N, O or S (their conformers have
    /// all heavy atoms in the same places).</summary>
    /// <param name="molecule">The molecule.</param>
    public static HeavyAtomRmsd WithPolarHydrogens(RDKitMolecule molecule)
    {
        Molecule m = molecule.Molecule;
        bool Counts(int a) => m.Atoms[a].AtomicNumber > 1 || (m.Neighbours[a] is [int carrier]
            && m.Atoms[carrier].AtomicNumber is 7 or 8 or 16 && m.Neighbours[carrier].Count(n => m.Atoms[n].AtomicNumber == 1) == 1);
        IReadOnlyList<int[]> maps = molecule.Automorphisms(MostSymmetries, out bool truncated);
        return new([.. Enumerable.Range(0, m.Atoms.Count).Where(Counts)], maps, truncated);
    }

    /// <summary>Equivalent numberings in use.</summary>
    public int Symmetries => _images.Length;

    /// <summary>Whether there are more than 10,000 numberings: distances are then upper bounds.</summary>
    public bool IsTruncated { get; }

    /// <summary>Prepares conformers.</summary>
    /// <param name="positions">Each [N, 3] nm, all atoms of the molecule.</param>
    public CentredGeometries Centre(IReadOnlyList<float[]> positions) => new(positions, _atoms);

    /// <summary>The distance of two conformers, nm.</summary>
    /// <param name="first">[N, 3] nm.</param>
    /// <param name="second">[N, 3] nm.</param>
    public double Between(float[] first, float[] second)
    {
        double distance = 0;
        Distances(Centre([first]), 0, Centre([second]), new Span<double>(ref distance));
        return distance;
    }

    /// <summary>The distances of one conformer to all of a set.</summary>
    /// <param name="from">Holds the one.</param>
    /// <param name="index">Its place.</param>
    /// <param name="to">The set.</param>
    /// <param name="distances">[S] nm.</param>
    public void Distances(CentredGeometries from, int index, CentredGeometries to, Span<double> distances) =>
        Distances(from, index, to, [.. Enumerable.Range(0, to.Count)], distances);

    /// <summary>The distances of one conformer to some of a set.</summary>
    /// <param name="from">Holds the one.</param>
    /// <param name="index">Its place.</param>
    /// <param name="to">The set.</param>
    /// <param name="places">[P] which of them.</param>
    /// <param name="distances">[P] nm.</param>
    public void Distances(CentredGeometries from, int index, CentredGeometries to, ReadOnlySpan<int> places, Span<double> distances)
    {
        distances.Fill(double.PositiveInfinity);
        int stride = from.Stride;
        ReadOnlySpan<double> one = from.Geometry(index);
        Span<double> renumbered = new double[3 * stride];
        foreach (int[] image in _images)
        {
            for (int c = 0; c < 3; c++)
                for (int n = 0; n < image.Length; n++)
                    renumbered[c * stride + n] = one[c * stride + image[n]];
            for (int p = 0; p < places.Length; p++)
                distances[p] = Math.Min(distances[p], MeanSquare(renumbered, to.Geometry(places[p]),
                    0.5 * (from.Square(index) + to.Square(places[p]))));
        }
        for (int p = 0; p < distances.Length; p++)
            distances[p] = Math.Sqrt(distances[p]);
    }

    /// <summary>All distances between two sets, [rows, columns] nm.</summary>
    public double[,] Matrix(CentredGeometries rows, CentredGeometries columns)
    {
        var matrix = new double[rows.Count, columns.Count];
        for (int r = 0; r < rows.Count && columns.Count > 0; r++)
            Distances(rows, r, columns, MemoryMarshal.CreateSpan(ref matrix[r, 0], columns.Count));
        return matrix;
    }

    private double MeanSquare(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double halfSquares)
    {
        int width = a.Length / 3 / Vector<double>.Count;
        ReadOnlySpan<Vector<double>> p = MemoryMarshal.Cast<double, Vector<double>>(a), q = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> xx = default, xy = default, xz = default, yx = default, yy = default, yz = default, zx = default, zy = default,
            zz = default;
        for (int k = 0; k < width; k++)
        {
            Vector<double> px = p[k], py = p[width + k], pz = p[2 * width + k], qx = q[k], qy = q[width + k], qz = q[2 * width + k];
            (xx, xy, xz) = (xx + px * qx, xy + px * qy, xz + px * qz);
            (yx, yy, yz) = (yx + py * qx, yy + py * qy, yz + py * qz);
            (zx, zy, zz) = (zx + pz * qx, zy + pz * qy, zz + pz * qz);
        }
        double largest = LargestRoot(Vector.Sum(xx), Vector.Sum(xy), Vector.Sum(xz), Vector.Sum(yx), Vector.Sum(yy), Vector.Sum(yz),
            Vector.Sum(zx), Vector.Sum(zy), Vector.Sum(zz), halfSquares);
        return Math.Max(0, 2 * (halfSquares - largest)) / Math.Max(1, _atoms.Length);
    }

    private static double LargestRoot(double xx, double xy, double xz, double yx, double yy, double yz, double zx, double zy, double zz,
        double above)
    {
        double c0 = yy * zz - yz * zy, c1 = yz * zx - yx * zz, c2 = yx * zy - yy * zx;
        double c3 = xz * zy - xy * zz, c4 = xx * zz - xz * zx, c5 = xy * zx - xx * zy;
        double c6 = xy * yz - xz * yy, c7 = xz * yx - xx * yz, c8 = xx * yy - xy * yx;
        double square = xx * xx + xy * xy + xz * xz + yx * yx + yy * yy + yz * yz + zx * zx + zy * zy + zz * zz;
        double determinant = xx * c0 + xy * c1 + xz * c2;
        double constant = square * square - 4 * (c0 * c0 + c1 * c1 + c2 * c2 + c3 * c3 + c4 * c4 + c5 * c5 + c6 * c6 + c7 * c7 + c8 * c8);
        double root = above;
        for (int n = 0; n < MostNewtonSteps; n++)
        {
            double value = ((root * root - 2 * square) * root - 8 * determinant) * root + constant;
            double step = value / (4 * ((root * root - square) * root - 2 * determinant));
            if (!(step > 1e-15 * root)) // also where all atoms are one point
                break;
            root -= step;
        }
        return root;
    }
}
