using MolSampling.Potentials.Neural;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Frames of one molecule as a training sees them: features of all atoms, computed once, and what is left of the labels when the
/// energies of the atoms alone are taken off.</summary>
internal sealed class FeaturedFrames : IDisposable
{
    private readonly AniFeatures _features;
    private readonly float[] _values; // [S, N, C]

    /// <param name="frames">The labels.</param>
    /// <param name="model">The features.</param>
    /// <param name="own">[E] kJ/mol, of the atoms alone.</param>
    /// <param name="threads">0 for all cores.</param>
    public FeaturedFrames(LabelledFrames frames, AniModel model, IReadOnlyList<double> own, int threads)
    {
        int[] places = [.. frames.AtomicNumbers.Select(z => model.Elements.ToList().IndexOf(z))];
        (Frames, _features) = (frames, new(model, places));
        double alone = places.Sum(e => own[e]);
        Energies = Array.ConvertAll(frames.Energies, e => (float)(e - alone));
        _values = new float[(long)frames.Count * frames.AtomicNumbers.Length * _features.Count];
        _features.Values(frames.Positions, _values, threads);
        Features = tensor(_values, [frames.Count, frames.AtomicNumbers.Length, _features.Count]).DetachFromDisposeScope();
        Atoms = [.. model.Elements.Select((_, e) => (e, tensor(Places(e).Select(p => (long)p).ToArray()).DetachFromDisposeScope()))
            .Where(a => a.Item2.shape[0] > 0)];

        IEnumerable<int> Places(int element) => Enumerable.Range(0, places.Length).Where(a => places[a] == element);
    }

    /// <summary>The labels.</summary>
    public LabelledFrames Frames { get; }

    /// <summary>[S] kJ/mol, without the atoms' own.</summary>
    public float[] Energies { get; }

    /// <summary>[S, N, C].</summary>
    public Tensor Features { get; }

    /// <summary>Elements that the molecule has, and which of its atoms they are.</summary>
    public IReadOnlyList<(int Element, Tensor Places)> Atoms { get; }

    /// <summary>Adds an element's features up: [atoms, C] of all frames to mean and variance.</summary>
    public void AddMoments(int element, int[] frames, double[] sums, double[] squares, ref long count)
    {
        int atoms = Frames.AtomicNumbers.Length, columns = _features.Count;
        foreach ((int e, Tensor places) in Atoms)
            if (e == element)
                foreach (long atom in places.data<long>())
                    foreach (int frame in frames)
                    {
                        ReadOnlySpan<float> row = _values.AsSpan((int)((frame * (long)atoms + atom) * columns), columns);
                        for (int c = 0; c < columns; c++)
                        {
                            sums[c] += row[c];
                            squares[c] += (double)row[c] * row[c];
                        }
                        count++;
                    }
    }

    /// <summary>[B, 3N] nm of some frames.</summary>
    public float[] Positions(int[] frames) => Rows(Frames.Positions, frames);

    /// <summary>[B, 3N] kJ/mol/nm that a gradient in the features means for them.</summary>
    public float[] Forces(float[] positions, Tensor gradient)
    {
        float[] forces = new float[positions.Length];
        _features.Slopes(positions, gradient.contiguous().data<float>().ToArray(), forces);
        for (int k = 0; k < forces.Length; k++)
            forces[k] = -forces[k];
        return forces;
    }

    /// <summary>[B, N, C] changes of the features along directions [B, 3N], nm.</summary>
    public Tensor Along(float[] positions, float[] directions)
    {
        int frames = positions.Length / Frames.Coordinates;
        float[] changes = new float[frames * Frames.AtomicNumbers.Length * _features.Count];
        _features.Along(positions, directions, changes);
        return tensor(changes, [frames, Frames.AtomicNumbers.Length, _features.Count]);
    }

    /// <summary>[B, 3N] of the labels.</summary>
    public float[] Forces(int[] frames) => Rows(Frames.Forces, frames);

    private float[] Rows(float[] all, int[] frames)
    {
        float[] rows = new float[frames.Length * Frames.Coordinates];
        for (int k = 0; k < frames.Length; k++)
            all.AsSpan(frames[k] * Frames.Coordinates, Frames.Coordinates).CopyTo(rows.AsSpan(k * Frames.Coordinates));
        return rows;
    }

    public void Dispose()
    {
        Features.Dispose();
        foreach ((_, Tensor places) in Atoms)
            places.Dispose();
    }
}
