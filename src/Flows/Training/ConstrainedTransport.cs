using MathNet.Numerics.RootFinding;

namespace MolSampling.Flows.Training;

/// <summary>
/// Constrained mass transport (ICLR 2026, arXiv 2510.18460): the next density r is the nearest to the target in KL(r||p) of those with
/// KL(r||q) at most epsilon, a trust region about the flow, and H(q) - H(r) at most epsilon', so that
/// entropy is given up slowly and modes are not left.
/// <para>
/// With multipliers lambda and eta of the two, setting the derivative of KL(r||p) + lambda KL(r||q) - eta H(r) to zero gives r = p^a q^b
/// with a = 1/(1 + lambda + eta) and b = lambda/(1 + lambda + eta): the geometric path of <see cref="TrustRegion"/> for eta = 0, a tempered
/// target for lambda = 0. The dual function is concave, its derivatives are KL(r||q) - epsilon and H(q) - H(r) - epsilon'; both are
/// computed from the samples' own weights w by KL = sum w ln(S w), H(r) = -sum w ln q - KL, H(q) = -mean ln q. So lambda is found for every
/// eta, and eta outside, by a root of a decreasing function each.
/// </para>
/// </summary>
public sealed class ConstrainedTransport : IAnnealing
{
    private const double Accuracy = 1e-9;

    private readonly double _divergence, _entropyLoss;

    /// <summary>Of two limits.</summary>
    /// <param name="divergence">epsilon, nats a round.</param>
    /// <param name="entropyLoss">epsilon', nats a round.</param>
    public ConstrainedTransport(double divergence, double entropyLoss)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(divergence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entropyLoss);
        (_divergence, _entropyLoss) = (divergence, entropyLoss);
    }

    /// <summary>lambda of the last round; 0 where the trust region did not bind.</summary>
    public double Trust { get; private set; }

    /// <summary>eta of the last round; 0 where entropy did not bind.</summary>
    public double Entropy { get; private set; }

    /// <inheritdoc/>
    public double[] LogWeights(long round, IReadOnlyList<double> logP, IReadOnlyList<double> logQ)
    {
        double own = -logQ.Average();
        double Lambda(double eta) => Root(lambda => Measure(Log(logP, logQ, lambda, eta), logQ).Divergence - _divergence);
        Entropy = Root(eta => own - Measure(Log(logP, logQ, Lambda(eta), eta), logQ).Entropy - _entropyLoss);
        Trust = Lambda(Entropy);
        return Log(logP, logQ, Trust, Entropy);
    }

    private static double[] Log(IReadOnlyList<double> logP, IReadOnlyList<double> logQ, double lambda, double eta)
    {
        double a = 1 / (1 + lambda + eta), b = lambda * a;
        return [.. logP.Zip(logQ, (p, q) => a * p + (b - 1) * q)];
    }

    /// <summary>KL(r||q) and H(r) of the density that samples of q have with these weights.</summary>
    private static (double Divergence, double Entropy) Measure(double[] log, IReadOnlyList<double> logQ)
    {
        double largest = log.Max(), sum = 0, mean = 0, cross = 0;
        for (int s = 0; s < log.Length; s++)
        {
            double w = Math.Exp(log[s] - largest);
            (sum, mean, cross) = (sum + w, mean + w * (log[s] - largest), cross - w * logQ[s]);
        }
        double divergence = Math.Log(log.Length / sum) + mean / sum;
        return (divergence, cross / sum - divergence);
    }

    /// <summary>Of a function that falls, from 0 upwards; 0 where it is not above zero there.</summary>
    private static double Root(Func<double, double> excess)
    {
        if (excess(0) <= 0)
            return 0;
        double low = 0, high = 1;
        while (excess(high) > 0)
            (low, high) = (high, 2 * high);
        return Brent.FindRoot(excess, low, high, Accuracy);
    }
}
