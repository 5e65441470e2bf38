using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// U(x) - RT g(L(x)) with L = ln w less the logarithm of the surrogate's mean weight: walkers that it moves go where the surrogate leaves
/// something out, if there is such a place near them. g(L) = G L^2 / (A^2 + L^2) for L > 0 and 0 otherwise: where samples and energy agree
/// (L near 0) nothing is changed, and no place gets more than e^G times its weight, so what the energy itself forbids stays forbidden.
/// </summary>
/// <param name="potential">U.</param>
/// <param name="surrogate">U_s, on the same atoms.</param>
/// <param name="beta">mol/kJ.</param>
/// <param name="logMean">ln of the mean weight.</param>
internal sealed class SeekingPotential(Potential potential, Potential surrogate, double beta, double logMean) : Potential
{
    private const double Most = 3, Half = 2; // G and A, in nats

    public override string Name => $"{potential.Name}, seeking";

    public override string Fingerprint { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        FormattableString.Invariant($"seeking {potential.Fingerprint} {surrogate.Fingerprint} {beta:R} {logMean:R}"))));

    public override int AtomCount => potential.AtomCount;

    public override IReadOnlyList<double> Masses => potential.Masses;

    public override int BlockWidth => potential.BlockWidth;

    public override Parallelism Parallelism => potential.Parallelism;

    public override bool IsTranslationInvariant => potential.IsTranslationInvariant && surrogate.IsTranslationInvariant;

    public override ISupport? Support => potential.Support;

    /// <summary>g, nats.</summary>
    public static double Gain(double l) => l <= 0 ? 0 : Most * l * l / (Half * Half + l * l);

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        int width = BlockWidth, rows = Dimension;
        potential.EvaluateBlock(positions, forces, energies);
        float[] x = new float[rows * width], own = new float[rows * width];
        double[] u = new double[width];
        for (int row = 0; row < rows; row++)
            for (int w = 0; w < width; w++)
                x[w * rows + row] = positions[row * width + w];
        surrogate.Evaluate(x, u, own, threads: 1);
        for (int w = 0; w < width; w++)
        {
            (double energy, double slope) = Sought(energies[w], u[w]);
            energies[w] = energy;
            for (int row = 0; row < rows; row++)
                forces[row * width + w] = (float)Force(slope, forces[row * width + w], own[w * rows + row]);
        }
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        double[] own = new double[forces.Length];
        (double energy, double slope) = Sought(potential.EvaluateDouble(positions, forces), surrogate.EvaluateDouble(positions, own));
        for (int k = 0; k < own.Length; k++)
            forces[k] = Force(slope, forces[k], own[k]);
        return energy;
    }

    private (double Energy, double Slope) Sought(double energy, double own)
    {
        double l = Surrogate.LogWeight(beta, energy, own) - logMean;
        if (!(l > 0))
            return (energy, 0);
        double below = Half * Half + l * l;
        return (energy - Gain(l) / beta, 2 * Most * Half * Half * l / (below * below));
    }

    /// <summary>-d/dx of U - RT g(L), with dL = (dU_s / Wider - dU) / RT.</summary>
    private static double Force(double slope, double force, double own) => slope == 0 ? force
        : force + slope * (force - own / Surrogate.Wider);
}
