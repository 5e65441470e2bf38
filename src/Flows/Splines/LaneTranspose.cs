using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Flows.Splines;

/// <summary>Between [W, P], an element's numbers side by side, and [P, W], a lane for each element: by the engine's tiles of four by four.
/// P is at least 4, W a multiple of 4.</summary>
internal static unsafe class LaneTranspose
{
    /// <summary>[W, P] to [P, W].</summary>
    public static void ToLanes(float* source, float* lanes, int rows, int width)
    {
        for (int w = 0; w < width; w += Tile.Side, source += Tile.Side * rows)
            for (int k = 0; k < rows; k = Tile.Next(k, rows))
                Move(source + k, rows, lanes + k * width + w, width);
    }

    /// <summary>[P, W] to [W, P].</summary>
    public static void FromLanes(float* lanes, float* target, int rows, int width)
    {
        for (int w = 0; w < width; w += Tile.Side, target += Tile.Side * rows)
            for (int k = 0; k < rows; k = Tile.Next(k, rows))
                Move(lanes + k * width + w, width, target + k, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(float* source, int from, float* target, int to) =>
        new Tile(source, source + from, source + 2 * from, source + 3 * from).Transposed().Store(target, to);
}
