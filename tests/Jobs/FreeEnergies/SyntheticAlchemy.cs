using System.Text;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>
/// An alchemical simulation with a known answer, written as GROMACS writes it: U(x; lambda) = x^2/2 + lambda (a x + b x^2/2) in kT, so that
/// F(lambda) = ln(1 + lambda b)/2 - (lambda a)^2 / (2 (1 + lambda b)) exactly, dU/dlambda = a x + b x^2/2. Samples are an autoregressive
/// Gaussian series.
/// </summary>
internal static class SyntheticAlchemy
{
    public const double A = 1.5, B = 3;

    public static double Exact(double lambda) => 0.5 * Math.Log(1 + lambda * B) - lambda * lambda * A * A / (2 * (1 + lambda * B));

    /// <summary>Writes one dhdl.xvg for each state and returns their names.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="lambdas">States.</param>
    /// <param name="rows">Of each.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="phi">Memory from row to row; g is (1 + phi)/(1 - phi) for x.</param>
    /// <param name="scale">Of all energies: 1, or what a wrong unit makes of them.</param>
    /// <param name="drift">Displacement of the beginning, which decays over a tenth of the run.</param>
    /// <param name="strength">Factor of a: larger, and states are farther apart.</param>
    public static string[] Write(string folder, double[] lambdas, int rows, ulong seed, double phi = 0, double scale = 1, double drift = 0,
        double strength = 1)
    {
        const double kT = 8.31446261815324e-3 * 300;
        var files = new string[lambdas.Length];
        for (int k = 0; k < lambdas.Length; k++)
        {
            double lambda = lambdas[k], stiffness = 1 + lambda * B, mean = -lambda * A * strength / stiffness;
            var random = new RandomSource(seed).Split("synthetic alchemy").Split(k);
            var text = new StringBuilder("# made by a test\n@    title \"dH/d\\xl\\f{} and \\xD\\f{}H\"\n@    xaxis  label \"Time (ps)\"\n@TYPE xy\n");
            text.Append(FormattableString.Invariant($"@ subtitle \"T = 300 (K) \\xl\\f{{}} state {k}: fep-lambda = {lambda:F4}\"\n@ s0 legend \"dH/d\\xl\\f{{}} fep-lambda = {lambda:F4}\"\n"));
            for (int c = 0; c < lambdas.Length; c++)
                text.Append(FormattableString.Invariant($"@ s{c + 1} legend \"\\xD\\f{{}}H \\xl\\f{{}} to {lambdas[c]:F4}\"\n"));
            double noise = random.NextNormal();
            for (int n = 0; n < rows; n++)
            {
                noise = phi * noise + Math.Sqrt(1 - phi * phi) * random.NextNormal();
                double x = mean + noise / Math.Sqrt(stiffness) + drift * Math.Exp(-10.0 * n / rows),
                    slope = scale * kT * (strength * A * x + 0.5 * B * x * x);
                text.Append(FormattableString.Invariant($"{n}.0 {slope:R}"));
                foreach (double to in lambdas)
                    text.Append(FormattableString.Invariant($" {slope * (to - lambda):R}"));
                text.Append('\n');
            }
            files[k] = Path.Combine(folder, $"dhdl-{k:d2}.xvg");
            File.WriteAllText(files[k], text.ToString());
        }
        return files;
    }
}
