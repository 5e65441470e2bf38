namespace MolSampling.Sampling.Kernels;

/// <summary>
/// A density p(y | x) of where a walker may go given where it is, which can be drawn from and evaluated in both directions. One that needs
/// auxiliary variables, p(y, v' | x, v) with v, v' of a law rho, draws v anew from the row's own random numbers for every proposal: a v
/// that several proposals in a row share is refreshed at a time that depends on which of them was accepted, and the chain then has another
/// stationary law.
/// </summary>
public abstract class ConditionalProposal
{
    /// <summary>D, the number of coordinates.</summary>
    public abstract int Dimension { get; }

    /// <summary>Memory of one thread, which <see cref="Propose"/> gets.</summary>
    public virtual object? NewScratch() => null;

    /// <summary>Fills the rows' <see cref="ProposalBatch.To"/> and <see cref="ProposalBatch.LogRatios"/>. What a row gets depends on its
    /// start and its random numbers alone, never on the other rows. Safe to call from several threads on different batches.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="scratch">From <see cref="NewScratch"/>.</param>
    public abstract void Propose(ProposalBatch batch, object? scratch);
}

/// <summary>Proposals that are made at once: of several walkers, and of several steps of one walker in case the steps before are
/// rejected.</summary>
public sealed class ProposalBatch
{
    private readonly RandomSource[] _sources;

    internal ProposalBatch(int capacity, int dimension)
    {
        (Dimension, From, To) = (dimension, new float[capacity * dimension], new float[capacity * dimension]);
        (LogRatios, _sources, Uniforms) = (new double[capacity], new RandomSource[capacity], new double[capacity]);
    }

    /// <summary>Rows in use.</summary>
    public int Count { get; private set; }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>[Count, D] nm, x.</summary>
    public float[] From { get; }

    /// <summary>[Count, D] nm, y; to be filled.</summary>
    public float[] To { get; }

    /// <summary>[Count] ln p(x, v | y, v') rho(v') - ln p(y, v' | x, v) rho(v), volume elements included; to be filled. -infinity where
    /// there is no way back, NaN where the proposal is no number.</summary>
    public double[] LogRatios { get; }

    /// <summary>[Count] in (0, 1), which decide.</summary>
    internal double[] Uniforms { get; }

    /// <summary>A row's own stream: a function of (seed, walker, step), whatever else is in the batch.</summary>
    /// <param name="row">0 .. Count - 1.</param>
    public RandomSource Random(int row) => _sources[row];

    internal void Clear() => Count = 0;

    /// <summary>Adds the proposal of a walker's step.</summary>
    internal void Add(ReadOnlySpan<float> positions, int width, int lane, RandomSource ofStep, long walker)
    {
        for (int k = 0; k < Dimension; k++)
            From[Count * Dimension + k] = positions[k * width + lane];
        RandomSource own = ofStep.Split(walker);
        _sources[Count] = own.Split("proposal");
        Uniforms[Count++] = own.Split("acceptance").NextDouble();
    }
}
