using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Examples;

/// <summary>Free energies of five harmonic oscillators from samples of four of them, by MBAR and BAR, beside the exact
/// ln(k_b/k_a)/2.</summary>
internal static class FreeEnergyOfOscillators
{
    private static readonly double[] s_stiffness = [1, 2, 4, 8, 16], s_centre = [0, 0.2, 0.4, 0.6, 0.8]; // kT
    private static readonly int[] s_counts = [2000, 2000, 0, 2000, 2000];

    public static void Run()
    {
        var random = new RandomSource(1).Split("oscillators");
        int states = s_counts.Length, samples = s_counts.Sum();
        var u = new double[states * samples]; // u_kn, state by state
        for (int k = 0, n = 0; k < states; k++)
            for (int s = 0; s < s_counts[k]; s++, n++)
            {
                double x = s_centre[k] + random.NextNormal() / Math.Sqrt(s_stiffness[k]);
                for (int l = 0; l < states; l++)
                    u[l * samples + n] = 0.5 * s_stiffness[l] * (x - s_centre[l]) * (x - s_centre[l]);
            }
        var table = new ReducedPotentials(u, s_counts);

        Mbar mbar = Mbar.Solve(table);
        for (int k = 1; k < states; k++)
            Console.WriteLine(FormattableString.Invariant($"MBAR 0 -> {k}: {mbar.Difference(0, k)}, exact {0.5 * Math.Log(s_stiffness[k] / s_stiffness[0]):f4}{(s_counts[k] == 0 ? " (a state without samples)" : "")}"));
        Console.WriteLine(FormattableString.Invariant($"BAR  0 -> 4: {BarChain.Solve(table).Total}"));
        Console.WriteLine(FormattableString.Invariant($"overlap of neighbours 0 and 1: {mbar.Overlap.Values[0, 1]:f2}; of all states: {mbar.Overlap.Scalar:f2}"));
    }
}
