using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// One map after another: y = f_n(... f_1(x)), log-determinants summed. That domains meet is checked here, once. Rows are looked at at both
/// ends, not at every link: a link takes rows inside its domain to rows inside its codomain, or to numbers that are not finite where it
/// overflows, and these stay so, in the result or in the sum of log-determinants. If either is not finite at the end, the chain is gone
/// through again with a look at every link, so that such a row is counted and spoils no gradient.
/// </summary>
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
        (Tensor y, Tensor logDet) = Through(x, condition, inverse, looking: false);
        using Tensor sum = y.detach().sum(1) + logDet.detach(); // finite only if all it is made of is
        return sum.isfinite().all().item<bool>() ? (y, logDet) : Through(x, condition, inverse, looking: true);
    }

    private (Tensor Y, Tensor LogDet) Through(Tensor x, Tensor? condition, bool inverse, bool looking)
    {
        Tensor sum = zeros(x.shape[0], dtype: x.dtype, device: x.device);
        for (int k = 0; k < _links.Length; k++)
        {
            Bijection link = _links[inverse ? ^(k + 1) : k];
            Tensor? given = link.ConditionSize > 0 ? condition : null;
            (x, Tensor logDet) = looking ? link.Map(x, given, inverse) : link.MapInside(x, given, inverse);
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
