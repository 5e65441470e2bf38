using System.Runtime.Intrinsics;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>
/// The features G(x) of all atoms of one molecule (<see cref="AniModel"/>), and what training on forces asks of their Jacobian J = dG/dx
/// without ever holding it: J^T g, the slopes of an energy whose gradient in the features is g, and J v, the change of the features along
/// v. Frames stand side by side in lanes; what a frame gets depends on no other.
/// </summary>
internal sealed class AniFeatures
{
    private readonly AniConstants _constants;
    private readonly AniColumns _columns;
    private readonly int[] _elements; // [N] pinned

    /// <param name="model">The features; all columns are there, whatever the molecule has.</param>
    /// <param name="elements">[N] places in the model's order.</param>
    public AniFeatures(AniModel model, IReadOnlyList<int> elements)
    {
        (_constants, _columns) = (new(model), AniColumns.All(model));
        _elements = GC.AllocateArray<int>(elements.Count, pinned: true);
        for (int a = 0; a < _elements.Length; a++)
            _elements[a] = elements[a];
    }

    /// <summary>N.</summary>
    public int AtomCount => _elements.Length;

    /// <summary>C, of each atom.</summary>
    public int Count => _columns.Count;

    private int Coordinates => 3 * AtomCount;

    private int Row => AtomCount * Count;

    /// <summary>G.</summary>
    /// <param name="positions">[S, 3N] nm.</param>
    /// <param name="features">[S, N, C], overwritten.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Values(float[] positions, float[] features, int threads = 1) => Run(positions, null, features, Kind.Values, threads);

    /// <summary>J v.</summary>
    /// <param name="positions">[S, 3N] nm.</param>
    /// <param name="directions">[S, 3N] nm.</param>
    /// <param name="changes">[S, N, C], overwritten.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Along(float[] positions, float[] directions, float[] changes, int threads = 1) =>
        Run(positions, directions, changes, Kind.Along, threads);

    /// <summary>J^T g.</summary>
    /// <param name="positions">[S, 3N] nm.</param>
    /// <param name="gradient">[S, N, C].</param>
    /// <param name="slopes">[S, 3N] per nm, overwritten.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Slopes(float[] positions, float[] gradient, float[] slopes, int threads = 1) =>
        Run(positions, slopes, gradient, Kind.Slopes, threads);

    private enum Kind { Values, Along, Slopes }

    /// <param name="x">[S, 3N].</param>
    /// <param name="y">[S, 3N] directions, or slopes.</param>
    /// <param name="g">[S, N, C] features, changes or a gradient.</param>
    /// <param name="kind">What is asked for.</param>
    /// <param name="threads">0 for all cores.</param>
    private void Run(float[] x, float[]? y, float[] g, Kind kind, int threads)
    {
        int frames = x.Length / Coordinates;
        if (x.Length != frames * Coordinates || g.Length != frames * Row || (y is not null && y.Length != x.Length))
            throw new ArgumentException($"{AtomCount} atoms of {Count} features: {x.Length}, {y?.Length} and {g.Length} numbers.");
        int width = Vector512.IsHardwareAccelerated ? Float512.Width : Vector256.IsHardwareAccelerated ? Float256.Width : Float128.Width;
        int blocks = (frames + width - 1) / width;
        if (threads == 1)
            for (int b = 0; b < blocks; b++)
                Block(b);
        else
            Parallel.For(0, blocks, ParallelWork.Options(threads), Block);

        void Block(int b)
        {
            if (width == Float512.Width)
                Evaluate<Float512>(x, y, g, b * width, frames, kind);
            else if (width == Float256.Width)
                Evaluate<Float256>(x, y, g, b * width, frames, kind);
            else
                Evaluate<Float128>(x, y, g, b * width, frames, kind);
        }
    }

    private unsafe void Evaluate<T>(float[] x, float[]? y, float[] g, int first, int frames, Kind kind) where T : unmanaged, ILane<T>
    {
        int rows = 2 * Coordinates + 2 * AniSurroundings<T>.Step * Count + AniSurroundings<Dual<T>>.ScratchLanes(AtomCount) * 2 + 2;
        using var buffer = new LaneBuffer(rows * T.Width * (kind == Kind.Along ? 2 : 1));
        fixed (float* scratch = buffer.Span)
            if (kind == Kind.Along)
                EvaluateAlong((Dual<T>*)scratch, x, y!, g, first, frames);
            else
                Evaluate((T*)scratch, x, y, g, first, frames, kind);
    }

    private unsafe void Evaluate<T>(T* scratch, float[] x, float[]? slopes, float[] g, int first, int frames, Kind kind)
        where T : unmanaged, ILane<T>
    {
        T* at = scratch, down = at + Coordinates, row = down + Coordinates, work = row + AniSurroundings<T>.Step * Count;
        int own = Math.Min(T.Width, frames - first);
        for (int k = 0; k < Coordinates; k++)
        {
            down[k] = 0.0;
            for (int w = 0; w < T.Width; w++) // what is left of a block repeats its last frame
                ((float*)(at + k))[w] = x[(first + Math.Min(w, own - 1)) * Coordinates + k];
        }
        fixed (int* elements = _elements)
        {
            var surroundings = new AniSurroundings<T>(_constants, elements, AtomCount, work);
            for (int atom = 0; atom < AtomCount; atom++)
            {
                surroundings.Find(atom, at, 1);
                if (kind == Kind.Values)
                    surroundings.Features(_columns, row);
                for (int c = 0; c < Count; c++)
                    for (int w = 0; w < T.Width; w++)
                    {
                        ref float lane = ref ((float*)(row + AniSurroundings<T>.Step * c))[w];
                        ref float outside = ref g[(first + Math.Min(w, own - 1)) * Row + atom * Count + c];
                        if (kind == Kind.Slopes)
                            lane = outside;
                        else if (w < own)
                            outside = lane;
                    }
                if (kind == Kind.Slopes)
                    surroundings.AddGradient(atom, _columns, row, down, 1);
            }
        }
        if (kind == Kind.Slopes)
            for (int k = 0; k < Coordinates; k++)
                for (int w = 0; w < own; w++)
                    slopes![(first + w) * Coordinates + k] = 10 * ((float*)(down + k))[w]; // per Angstrom inside
    }

    private unsafe void EvaluateAlong<T>(Dual<T>* scratch, float[] x, float[] v, float[] changes, int first, int frames)
        where T : unmanaged, ILane<T>
    {
        Dual<T>* at = scratch, row = at + Coordinates, work = row + AniSurroundings<T>.Step * Count;
        int own = Math.Min(T.Width, frames - first);
        for (int k = 0; k < Coordinates; k++)
            for (int w = 0; w < T.Width; w++)
            {
                int frame = first + Math.Min(w, own - 1);
                ((float*)(at + k))[w] = x[frame * Coordinates + k];
                ((float*)(at + k))[T.Width + w] = v[frame * Coordinates + k];
            }
        fixed (int* elements = _elements)
        {
            var surroundings = new AniSurroundings<Dual<T>>(_constants, elements, AtomCount, work);
            for (int atom = 0; atom < AtomCount; atom++)
            {
                surroundings.Find(atom, at, 1);
                surroundings.Features(_columns, row);
                for (int c = 0; c < Count; c++)
                    for (int w = 0; w < own; w++)
                        changes[(first + w) * Row + atom * Count + c] = ((float*)(row + AniSurroundings<T>.Step * c))[T.Width + w];
            }
        }
    }
}
