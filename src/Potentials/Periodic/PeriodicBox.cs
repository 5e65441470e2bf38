using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>A periodic box and the molecules in it, which are moved by whole edges as a whole.</summary>
/// <param name="Edges">nm.</param>
/// <param name="Molecules">Where each molecule's atoms begin, rising from 0.</param>
public sealed record PeriodicBox(RectangularBox Edges, IReadOnlyList<int> Molecules)
{
    /// <summary>Moves molecules so that their first atoms lie within half an edge of the origin: the energy is the same, and coordinates
    /// keep their digits.</summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="width">W.</param>
    /// <param name="stretches">[W] by which each walker's edges are longer; empty for 1.</param>
    public void Wrap(Span<float> positions, int width, ReadOnlySpan<double> stretches = default)
    {
        for (int m = 0; m < Molecules.Count; m++)
        {
            int first = 3 * Molecules[m], end = m + 1 < Molecules.Count ? 3 * Molecules[m + 1] : positions.Length / width;
            for (int d = 0; d < 3; d++)
            {
                double length = d == 0 ? Edges.X : d == 1 ? Edges.Y : Edges.Z;
                for (int lane = 0; lane < width; lane++)
                {
                    double edge = stretches.IsEmpty ? length : length * stretches[lane];
                    double shift = edge * Math.Round(positions[(first + d) * width + lane] / edge);
                    if (shift == 0 || !double.IsFinite(shift))
                        continue;
                    for (int row = first + d; row < end; row += 3)
                        positions[row * width + lane] = (float)(positions[row * width + lane] - shift);
                }
            }
        }
    }
}
