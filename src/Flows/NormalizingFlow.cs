using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>Samples with their exact log-densities.</summary>
/// <param name="X">[B, D].</param>
/// <param name="LogDensity">log q, [B], float64; -inf where <paramref name="X"/> or the density overflowed.</param>
/// <param name="Outside">How many rows that are.</param>
public readonly record struct FlowSamples(Tensor X, Tensor LogDensity, long Outside);

/// <summary>log q of given points.</summary>
/// <param name="LogDensity">[B], float64; -inf outside the support.</param>
/// <param name="Outside">How many rows lie outside.</param>
public readonly record struct FlowDensities(Tensor LogDensity, long Outside);

/// <summary>
/// The law of y = f(z), z from a base: log q(y) = log p(f^-1(y)) - log |det df/dz|. Samples and densities are differentiable in the
/// weights, and samples in reparametrised form; wrap in no_grad to draw only. Owns both parts.
/// </summary>
public sealed class NormalizingFlow : Parametrized
{
    /// <exception cref="ArgumentException">The base's domain is not the map's.</exception>
    public NormalizingFlow(Distribution @base, Bijection bijection)
    {
        if (!@base.Domain.Equals(bijection.Domain))
            throw new ArgumentException($"The base lives on {@base.Domain}, but the bijection takes {bijection.Domain}.");
        (Base, Bijection) = (Part("base", @base), Part("bijection", bijection));
    }

    public Distribution Base { get; }

    public Bijection Bijection { get; }

    /// <summary>Where samples live.</summary>
    public Domain Domain => Bijection.Codomain;

    /// <summary>Samples and log q in one forward pass.</summary>
    /// <param name="count">B.</param>
    /// <param name="random">Noise.</param>
    /// <param name="condition">[B, C] for a conditional flow.</param>
    public FlowSamples Sample(int count, RandomSource random, Tensor? condition = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = Base.Sample(count, random);
        (Tensor x, Tensor logDet) = Bijection.Forward(z, condition);
        (Tensor logDensity, long outside) = Counted(Base.LogDensity(z) - logDet, Domain.Contains(x));
        return new(x.MoveToOuterDisposeScope(), logDensity.MoveToOuterDisposeScope(), outside);
    }

    /// <summary>log q of points.</summary>
    /// <param name="x">[B, D]; any numbers, NaN and infinities too: they lie outside.</param>
    /// <param name="condition">[B, C] for a conditional flow.</param>
    public FlowDensities LogDensity(Tensor x, Tensor? condition = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor z, Tensor logDet) = Bijection.Inverse(x, condition);
        (Tensor logDensity, long outside) = Counted(Base.LogDensity(z) + logDet, Domain.Contains(x));
        return new(logDensity.MoveToOuterDisposeScope(), outside);
    }

    private static (Tensor LogDensity, long Outside) Counted(Tensor logDensity, Tensor inside)
    {
        Tensor outside = (inside & isfinite(logDensity)).logical_not();
        long count = outside.sum().item<long>();
        Tensor exact = logDensity.to(ScalarType.Float64);
        return (count == 0 ? exact : exact.masked_fill(outside, double.NegativeInfinity), count);
    }
}
