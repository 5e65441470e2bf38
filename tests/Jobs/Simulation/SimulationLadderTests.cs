using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Analysis;
using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Ladders of Hamiltonians: what is recorded, and that the target is sampled.</summary>
public sealed class SimulationLadderTests(ITestOutputHelper output) : SimulationRuns
{
    [Fact]
    public void Recorded_energies_of_a_Hamiltonian_ladder_are_the_target_s_and_the_scaled_part()
    {
        SimulationConfig config = Alanine with { Ladder = [300, 310, 320, 330, 340], ScaledTerms = ["torsion", "Coulomb"],
            ScaleLadder = [1, 0.9, 0.8, 0.7, 0.7] };
        IReadOnlyList<FrameRow> rows = Finish(config, "scaled");
        var potential = new ForceFieldPotential(SystemLoader.Load(config.Source()).Energy.Parameters!);
        double[] terms = new double[potential.EnergyNames.Count], forces = new double[3 * potential.AtomCount];
        foreach (FrameRow row in rows)
        {
            potential.EvaluateTerms([.. row.Positions.ToArray().Select(x => (double)x)], forces, terms);
            Assert.Equal(config.Ladder[row.Rung], row.Temperature);
            Assert.Equal(terms.Sum(), row.PotentialEnergy, 0.02); // float lanes
            Assert.Equal(terms.Where((_, t) => config.ScaledTerms.Contains(potential.EnergyNames[t])).Sum(), row.ScaledEnergy, 0.02);
        }
        SimulationTrace trace = SimulationData.Read(Path.Combine(Folder, "scaled"), [], DateTime.UtcNow).Trace;
        Assert.Equal(config.ScaleLadder, trace.Rungs.Scales);
        Assert.Equal(rows.Select(r => r.ScaledEnergy).Order(), trace.Ladders.SelectMany(l => l.ScaledEnergies).Order());
        Assert.All(Finish(Alanine, "plain"), row => Assert.Equal(0, row.ScaledEnergy)); // such files have no column
    }

    [Fact]
    public void The_target_of_a_Hamiltonian_ladder_is_sampled_as_without_one()
    {
        SimulationConfig plain = Alanine with { Ladder = [], Replicas = 64, Friction = 5, Time = "40ps", FrameInterval = "0.2ps",
            CheckpointInterval = "20ps" };
        SimulationConfig ladder = plain with { ScaledTerms = ["torsion", "LennardJones", "Coulomb", "generalizedBorn", "surface"],
            ScaleLadder = [1, 0.9, 0.8, 0.7], Seed = 8 };
        // independent groups: each replica without a ladder, each ladder with one
        (double Mean, double Error) Energy(IReadOnlyList<FrameRow> rows, int rung, int group)
        {
            double[] means = [.. rows.Where(r => r.Rung == rung && r.TimePicoseconds > 10).GroupBy(r => r.Replica / group).Select(g =>
                g.Average(r => r.PotentialEnergy))];
            double mean = means.Average();
            return (mean, Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1) / means.Length));
        }
        IReadOnlyList<FrameRow> with = Finish(ladder, "with");
        (double expected, double expectedError) = Energy(Finish(plain, "without"), 0, 1);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no ladder: {expected:f3} ± {expectedError:f3} kJ/mol"));
        double[] scores = [.. Enumerable.Range(0, 4).Select(rung =>
        {
            (double mean, double error) = Energy(with, rung, 4);
            double z = Math.Abs(mean - expected) / Math.Sqrt(error * error + expectedError * expectedError);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"scale {ladder.ScaleLadder[rung]}: {mean:f3} ± {error:f3} kJ/mol, z {z:f2}"));
            return z;
        })];
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "with", "status.json")));
        output.WriteLine($"swaps {string.Join(", ", status.RootElement.GetProperty("swapAcceptances").EnumerateArray())}");
        Assert.All(status.RootElement.GetProperty("swapAcceptances").EnumerateArray(), a => Assert.InRange(a.GetDouble(), 0.2, 0.95));
        Assert.True(scores[0] < 4);
        Assert.All(scores[1..], z => Assert.True(z > 4)); // power: the other rungs sample other laws
    }
}
