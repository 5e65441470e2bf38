using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Averages on one rung after equilibration, from the frames recorded there.</summary>
/// <param name="Rung">0 is the target.</param>
/// <param name="Temperature">The bath's, K; on a Hamiltonian ladder several rungs may have the same.</param>
/// <param name="Scale">lambda in U_0 + lambda U_1.</param>
/// <param name="Frames">Recorded there.</param>
/// <param name="PotentialEnergy">U of the target, whatever the rung, kJ/mol.</param>
/// <param name="KineticTemperature">2 K / (dof R), K.</param>
public sealed record RungSummary(int Rung, double Temperature, double Scale, int Frames, Estimate PotentialEnergy,
    Estimate KineticTemperature)
{
    /// <summary>At constant pressure; null at constant volume.</summary>
    public VolumeSummary? Volume { get; init; }

    /// <summary>Averages of every rung.</summary>
    /// <param name="trace">All frames.</param>
    /// <param name="samples">Groups whose ladders count.</param>
    /// <param name="discardedStep">Rows up to this step are discarded.</param>
    public static IReadOnlyList<RungSummary> Of(SimulationTrace trace, WeightedSamples samples, long discardedStep)
    {
        int k = trace.Temperatures.Count, groups = samples.Groups.Count;
        double[][] counts = Table(k, groups), potential = Table(k, groups), kinetic = Table(k, groups);
        var volumes = trace.HasVolumes ? Enumerable.Range(0, k).Select(_ => new VolumeSums(groups)).ToArray() : null;
        for (int g = 0; g < groups; g++)
        {
            SampleGroup group = samples.Groups[g];
            if (group.Rows.Length == 0)
                continue;
            // a group may hold the target's rows only: the other rungs of the same ladder and time belong to it too
            LadderTrace l = group.Ladder;
            long from = Math.Max(discardedStep + 1, l.Steps[group.Rows[0]]), to = l.Steps[group.Rows[^1]];
            for (int row = 0; row < l.Count; row++)
            {
                if (l.Steps[row] < from || l.Steps[row] > to)
                    continue;
                int rung = l.Rungs[row];
                counts[rung][g]++;
                potential[rung][g] += l.PotentialEnergies[row];
                volumes?[rung].Add(g, l.Volumes[row]);
                kinetic[rung][g] += 2 * l.KineticEnergies[row] / (trace.DegreesOfFreedom * Units.GasConstant);
            }
        }
        return [.. trace.Temperatures.Select((t, r) => new RungSummary(r, t, trace.Rungs.Scales[r], (int)counts[r].Sum(),
            Jackknife.Ratio(potential[r], counts[r]), Jackknife.Ratio(kinetic[r], counts[r]))
            {
                Volume = volumes?[r].Summary(trace.Mass, t),
            })];
    }

    private static double[][] Table(int rungs, int groups) => [.. Enumerable.Range(0, rungs).Select(_ => new double[groups])];
}
