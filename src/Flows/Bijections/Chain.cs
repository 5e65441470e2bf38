using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>One map after another: y = f_n(... f_1(x)), log-determinants summed. That domains meet is checked here, once.</summary>
public sealed class Chain : Bijection
{
    private readonly Bijection[] _links;

    /// <summary>First to last; the chain owns them.</summary>
    /// <exception cref="ArgumentException">No link, a codomain that is not the next domain, or conditions of two widths.</exception>
    public Chain(params Bijection[] links)
        : base(Checked(links)[0].Domain, links[^1].Codomain, links.Max(l => l.ConditionSize))
    {
        _links = links;
        for (int k = 0; k < links.Length; k++)
            Part($"{k}", links[k]);
    }

    /// <summary>First to last.</summary>
    public IReadOnlyList<Bijection> Links => _links;

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor sum = zeros(x.shape[0], dtype: x.dtype, device: x.device);
        for (int k = 0; k < _links.Length; k++)
        {
            Bijection link = _links[inverse ? ^(k + 1) : k];
            Tensor? given = link.ConditionSize > 0 ? condition : null;
            (x, Tensor logDet) = inverse ? link.Inverse(x, given) : link.Forward(x, given);
            sum = sum + logDet;
        }
        return (x, sum);
    }

    private static Bijection[] Checked(Bijection[] links)
    {
        if (links.Length == 0)
            throw new ArgumentException("A chain has at least one link.");
        for (int k = 1; k < links.Length; k++)
            if (!links[k].Domain.Equals(links[k - 1].Codomain))
                throw new ArgumentException($"Link {k} ({links[k].GetType().Name}) takes {links[k].Domain}, but link {k - 1} ({links[k - 1].GetType().Name}) gives {links[k - 1].Codomain}.");
        if (links.Select(l => l.ConditionSize).Where(c => c > 0).Distinct().Count() > 1)
            throw new ArgumentException("All conditional links of a chain take the same condition.");
        return links;
    }
}
