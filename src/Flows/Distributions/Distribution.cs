using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>
/// A normalized density with exact sampling. Samples come from a <see cref="RandomSource"/>, drawn in double precision row by row and
/// rounded once, so the same seed gives the same bytes. Outside the support, log p = -inf, without gradient.
/// </summary>
public abstract class Distribution(Domain domain) : Parametrized
{
    /// <summary>Where the density is not zero.</summary>
    public Domain Domain { get; } = domain;

    /// <summary>D, the number of columns.</summary>
    public int Dimension => Domain.Count;

    /// <summary>Dimension of the set that the density is one of: D unless a subspace.</summary>
    public virtual int DegreesOfFreedom => Dimension;

    /// <summary>log p(x).</summary>
    /// <param name="x">[B, D], of this type.</param>
    /// <returns>[B]; -inf outside the support.</returns>
    /// <exception cref="ArgumentException">Another shape or type.</exception>
    public Tensor LogDensity(Tensor x)
    {
        if (x.dim() != 2 || x.shape[1] != Dimension || x.dtype != Type)
            throw new ArgumentException($"{GetType().Name} takes [B, {Dimension}] of {Type}, not [{string.Join(", ", x.shape)}] of {x.dtype}.");
        using DisposeScope scope = NewDisposeScope();
        Tensor inside = Domain.Contains(x);
        bool all = inside.all().item<bool>();
        Tensor logDensity = LogDensityInside(all ? x : where(inside.unsqueeze(1), x, Domain.Interior(x)));
        return (all ? logDensity : logDensity.masked_fill(inside.logical_not(), double.NegativeInfinity)).MoveToOuterDisposeScope();
    }

    /// <summary>Independent samples.</summary>
    /// <returns>[count, D].</returns>
    public virtual Tensor Sample(int count, RandomSource random)
    {
        double[] rows = new double[checked(count * Dimension)];
        for (int b = 0; b < count; b++)
            Draw(rows.AsSpan(b * Dimension, Dimension), random);
        using Tensor exact = tensor(rows, [count, Dimension]);
        return exact.to(Type, Device, copy: true);
    }

    /// <summary>log p of rows inside the domain, [B], in the caller's dispose scope.</summary>
    protected internal abstract Tensor LogDensityInside(Tensor x);

    /// <summary>One sample.</summary>
    protected internal abstract void Draw(Span<double> row, RandomSource random);

    /// <summary>Numbers a column as a row of x's type and device.</summary>
    protected static Tensor Row(double[] numbers, Tensor x) => tensor(numbers).to(x.dtype, x.device);
}
