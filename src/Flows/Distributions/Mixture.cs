using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>p(x) = sum_k w_k p_k(x). Owns its components.</summary>
public sealed class Mixture : Distribution
{
    private readonly Distribution[] _components;
    private readonly double[] _weights;

    /// <param name="components">Of equal domains.</param>
    /// <param name="weights">Positive; normalized here. Equal if not given.</param>
    /// <exception cref="ArgumentException">No component, unequal domains, or weights that are not positive.</exception>
    public Mixture(IReadOnlyList<Distribution> components, IReadOnlyList<double>? weights = null)
        : base(components.Count > 0 ? components[0].Domain : throw new ArgumentException("No component."))
    {
        weights ??= [.. components.Select(_ => 1.0)];
        if (components.Any(c => !c.Domain.Equals(Domain) || c.DegreesOfFreedom != components[0].DegreesOfFreedom))
            throw new ArgumentException("The components of a mixture have one domain.");
        if (weights.Count != components.Count || !weights.All(w => double.IsFinite(w) && w > 0))
            throw new ArgumentException("A mixture has a positive weight a component.");
        double sum = weights.Sum();
        (_components, _weights) = ([.. components.Select((c, k) => Part($"{k}", c))], [.. weights.Select(w => w / sum)]);
    }

    public override int DegreesOfFreedom => _components[0].DegreesOfFreedom;

    protected internal override Tensor LogDensityInside(Tensor x) =>
        stack(_components.Select((c, k) => c.LogDensityInside(x) + Math.Log(_weights[k])), 1).logsumexp(1);

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        double u = random.NextDouble();
        int k = 0;
        while (k < _weights.Length - 1 && (u -= _weights[k]) > 0)
            k++;
        _components[k].Draw(row, random);
    }
}
