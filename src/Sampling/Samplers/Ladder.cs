using MolSampling.Potentials;

namespace MolSampling.Sampling.Samplers;

/// <summary>
/// The rungs of a replica exchange over temperatures, over Hamiltonians, or both: rung k samples exp(-beta_k (U_0 + lambda_k U_1)). Rung 0
/// with lambda 1 is the target. H. Fukunishi, O. Watanabe, S. Takada, J. Chem. Phys. 116 (2002) 9058; Y. Sugita, A. Kitao, Y. Okamoto, J.
/// Chem. Phys. 113 (2000) 6042.
/// </summary>
public sealed record Ladder
{
    /// <summary>Checks and stores a ladder.</summary>
    /// <param name="temperatures">[K] K, not falling.</param>
    /// <param name="scales">[K] lambda, 1 on the first rung, then not rising, not negative.</param>
    /// <exception cref="ArgumentException">Anything else, or two neighbouring rungs that are the same.</exception>
    public Ladder(IReadOnlyList<double> temperatures, IReadOnlyList<double> scales)
    {
        if (temperatures.Count == 0 || scales.Count != temperatures.Count)
            throw new ArgumentException($"A ladder needs a temperature and a scale for every rung, not {temperatures.Count} temperatures and {scales.Count} scales.");
        if (scales[0] != 1)
            throw new ArgumentException($"The first rung of a ladder is the target: its scale is 1, not {scales[0]}.");
        for (int k = 0; k < scales.Count; k++)
        {
            if (!(temperatures[k] > 0) || !double.IsFinite(temperatures[k]) || !(scales[k] >= 0) || !double.IsFinite(scales[k]))
                throw new ArgumentException($"Rung {k} of the ladder has {temperatures[k]} K and the scale {scales[k]}: a positive temperature and a scale from 1 down to 0 are needed.");
            if (k > 0 && (temperatures[k] < temperatures[k - 1] || scales[k] > scales[k - 1] || (temperatures[k] == temperatures[k - 1]
                && scales[k] == scales[k - 1])))
                throw new ArgumentException($"Rung {k} of the ladder ({temperatures[k]} K, scale {scales[k]}) must be hotter or have a smaller scale than the one before ({temperatures[k - 1]} K, scale {scales[k - 1]}).");
        }
        Temperatures = [.. temperatures];
        Scales = [.. scales];
        Beta = [.. temperatures.Select(t => new ThermodynamicState(t).Beta)];
    }

    /// <summary>A ladder over temperatures alone.</summary>
    /// <param name="temperatures">[K] K, rising.</param>
    /// <exception cref="ArgumentException">Anything else.</exception>
    public Ladder(IReadOnlyList<double> temperatures)
        : this(temperatures, [.. temperatures.Select(_ => 1.0)])
    {
    }

    /// <summary>[K] K.</summary>
    public IReadOnlyList<double> Temperatures { get; }

    /// <summary>[K] lambda.</summary>
    public IReadOnlyList<double> Scales { get; }

    /// <summary>Whether rungs differ in lambda.</summary>
    public bool IsScaled => Scales[^1] != 1;

    /// <summary>[K] mol/kJ.</summary>
    public IReadOnlyList<double> Beta { get; }

    /// <summary>K, the number of rungs.</summary>
    public int Count => Scales.Count;

    /// <summary>
    /// Temperatures, geometric from lowest to highest, spaced for the acceptance of a system of harmonic modes: for n of them the swap
    /// between beta and beta' is accepted with probability about erfc(sqrt(n) ln(beta/beta') / 4), here 0.3 to 0.4 (D. A. Kofke, J. Chem.
    /// Phys. 117 (2002) 6911).
    /// </summary>
    /// <param name="lowest">K.</param>
    /// <param name="highest">K.</param>
    /// <param name="modes">Vibrational degrees of freedom, 3N - 6.</param>
    public static Ladder Geometric(double lowest, double highest, int modes)
    {
        if (!(highest > lowest))
            return new([lowest]);
        double ratio = 2.5 / Math.Sqrt(Math.Max(modes, 4));
        int steps = Math.Max(1, (int)Math.Ceiling(Math.Log(highest / lowest) / ratio));
        return new([.. Enumerable.Range(0, steps + 1).Select(k => lowest * Math.Pow(highest / lowest, (double)k / steps))]);
    }

    /// <summary>u_k(x) = beta_k U_k(x) = beta_k (U(x) - (1 - lambda_k) U_1(x)): what rung k gives x the weight exp(-u_k) by.</summary>
    /// <param name="rung">k.</param>
    /// <param name="energy">U(x) of the target, lambda = 1, kJ/mol.</param>
    /// <param name="scaled">U_1(x), kJ/mol.</param>
    public double ReducedPotential(int rung, double energy, double scaled) => Beta[rung] * (energy - (1 - Scales[rung]) * scaled);

    /// <summary>
    /// The logarithm of the ratio that a swap is accepted with: -(beta_i U_i(x_j) + beta_j U_j(x_i) - beta_i U_i(x_i) - beta_j U_j(x_j)).
    /// With U_k = U - (1 - lambda_k) U_1 it is (beta_i - beta_j)(U(x_i) - U(x_j)) - (beta_i (1 - lambda_i) - beta_j (1 -
    /// lambda_j))(U_1(x_i) - U_1(x_j)): nothing has to be evaluated.
    /// </summary>
    /// <param name="i">A rung, at x_i.</param>
    /// <param name="j">Another, at x_j.</param>
    /// <param name="energyI">U(x_i) of the target, lambda = 1, kJ/mol.</param>
    /// <param name="energyJ">U(x_j) of the target.</param>
    /// <param name="scaledI">U_1(x_i).</param>
    /// <param name="scaledJ">U_1(x_j).</param>
    public double LogAcceptance(int i, int j, double energyI, double energyJ, double scaledI, double scaledJ) =>
        (Beta[i] - Beta[j]) * (energyI - energyJ) - (Beta[i] * (1 - Scales[i]) - Beta[j] * (1 - Scales[j])) * (scaledI - scaledJ);
}
