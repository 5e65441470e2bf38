namespace MolSampling.Flows.Training;

/// <summary>Which density, between the flow and the target, the flow learns next.</summary>
public interface IAnnealing
{
    /// <summary>The log weights that turn samples of the flow into samples of that density.</summary>
    /// <param name="round">From 0.</param>
    /// <param name="logP">[S] ln p of the target, up to a constant; finite.</param>
    /// <param name="logQ">[S] ln q of the flow.</param>
    /// <returns>[S], up to a constant.</returns>
    double[] LogWeights(long round, IReadOnlyList<double> logP, IReadOnlyList<double> logQ);
}

/// <summary>
/// A ladder of temperatures: round k learns p^beta_k, the last rung again and again. H. Schopmans, P. Friederich, ICML 2025,
/// "Temperature-annealed Boltzmann generators".
/// </summary>
/// <param name="inverseTemperatures">beta_k relative to the target, the last one 1.</param>
public sealed class TemperatureRounds(IReadOnlyList<double> inverseTemperatures) : IAnnealing
{
    /// <inheritdoc/>
    public double[] LogWeights(long round, IReadOnlyList<double> logP, IReadOnlyList<double> logQ)
    {
        double beta = inverseTemperatures[(int)Math.Min(round, inverseTemperatures.Count - 1)];
        return [.. logP.Zip(logQ, (p, q) => beta * p - q)];
    }
}

/// <summary>
/// A trust region: the next density is q^(1 - eta) p^eta, with the largest eta up to 1 for which its divergence from the flow, as its own
/// weights show it, KL = sum w ln(S w), is at most epsilon. The trust-region half of constrained mass transport (ICLR 2026, arXiv
/// 2510.18460).
/// </summary>
/// <param name="epsilon">Nats a round.</param>
public sealed class TrustRegion(double epsilon) : IAnnealing
{
    /// <summary>eta of the last round.</summary>
    public double Share { get; private set; }

    /// <inheritdoc/>
    public double[] LogWeights(long round, IReadOnlyList<double> logP, IReadOnlyList<double> logQ)
    {
        double[] log = [.. logP.Zip(logQ, (p, q) => p - q)];
        (double low, double high) = (0, 1);
        if (Divergence(log, 1) <= epsilon)
            low = 1;
        for (int halving = 0; low < 1 && halving < 40; halving++) // the divergence grows with eta
            (low, high) = Divergence(log, 0.5 * (low + high)) <= epsilon ? (0.5 * (low + high), high) : (low, 0.5 * (low + high));
        Share = low;
        return Array.ConvertAll(log, l => low * l);
    }

    private static double Divergence(double[] log, double eta)
    {
        double largest = log.Max(), sum = 0, mean = 0;
        foreach (double l in log)
        {
            double w = Math.Exp(eta * (l - largest));
            (sum, mean) = (sum + w, mean + w * eta * (l - largest));
        }
        return Math.Log(log.Length / sum) + mean / sum;
    }
}
