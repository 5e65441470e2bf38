using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Sampling.Proposals;

/// <summary>Independent draws of a <see cref="TorusProposal"/>, weighed against a target.</summary>
/// <param name="States">[B].</param>
/// <param name="Angles">[B, T] rad.</param>
/// <param name="LogWeights">[B] ln p / q, p not normalised; -infinity where there is no target.</param>
internal sealed record TorusDraws(int[] States, float[] Angles, double[] LogWeights)
{
    /// <summary>Draws and weighs.</summary>
    /// <param name="proposal">q.</param>
    /// <param name="target">p.</param>
    /// <param name="count">B; even where they are mirrored.</param>
    /// <param name="random">Of the draws.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="mirrored">Whether every second draw mirrors the one before it.</param>
    public static TorusDraws Of(TorusProposal proposal, TorusTarget target, int count, RandomSource random, int threads,
        bool mirrored = false)
    {
        int[] states = new int[count];
        float[] angles = new float[count * proposal.Dimension];
        double[] own = new double[count], log = new double[count];
        if (mirrored)
            proposal.DrawMirrored(states, angles, own, random, threads);
        else
            proposal.Draw(states, angles, own, random, threads);
        target(states, angles, log);
        for (int n = 0; n < count; n++)
            log[n] = double.IsFinite(log[n]) ? log[n] - own[n] : double.NegativeInfinity;
        return new(states, angles, log);
    }

    /// <summary>Kish's effective share; 0 where no draw has a weight.</summary>
    public double EffectiveFraction => LogWeights.All(double.IsNegativeInfinity) ? 0 : new ImportanceWeights(LogWeights).EffectiveFraction;
}
