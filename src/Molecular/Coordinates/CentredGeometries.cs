using System.Numerics;

namespace MolSampling.Molecular.Coordinates;

/// <summary>Heavy-atom geometries with their centroids at the origin, laid out for superposition: x, y and z of all atoms, each filled up
/// with zeros to whole vectors.</summary>
public sealed class CentredGeometries
{
    private readonly double[] _values; // [S][3][Stride]
    private readonly double[] _squares; // [S] sum of squared coordinates, nm^2

    internal CentredGeometries(IReadOnlyList<float[]> positions, int[] atoms)
    {
        Count = positions.Count;
        Stride = (atoms.Length + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        _values = new double[Count * 3 * Stride];
        _squares = new double[Count];
        for (int s = 0; s < Count; s++)
        {
            for (int c = 0; c < 3; c++)
            {
                Span<double> line = _values.AsSpan((3 * s + c) * Stride, atoms.Length);
                double mean = 0;
                foreach (int atom in atoms)
                    mean += positions[s][3 * atom + c];
                mean /= Math.Max(1, atoms.Length);
                for (int n = 0; n < atoms.Length; n++)
                    _squares[s] += (line[n] = positions[s][3 * atoms[n] + c] - mean) * line[n];
            }
        }
    }

    /// <summary>S.</summary>
    public int Count { get; }

    internal int Stride { get; }

    /// <summary>[3][Stride] nm.</summary>
    internal ReadOnlySpan<double> Geometry(int index) => _values.AsSpan(index * 3 * Stride, 3 * Stride);

    internal double Square(int index) => _squares[index];
}
