using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Runs in a folder of their own: begins, reads and compares them.</summary>
public abstract class SimulationRuns : IDisposable
{
    private protected string Folder { get; } = Directory.CreateTempSubdirectory("molsampling-simulation-").FullName;

    private protected static SimulationConfig Alanine => new()
    {
        Peptide = "ACE-ALA-NME", ForceField = "ff14SB", Solvent = "obc2", Replicas = 20, Time = "0.4ps", FrameInterval = "0.02ps",
            CheckpointInterval = "0.1ps", TimeStep = "2fs", Seed = 7, Ladder = [300, 330, 360, 400, 440],
    };

    public void Dispose()
    {
        Directory.Delete(Folder, true);
        GC.SuppressFinalize(this);
    }

    private protected IReadOnlyList<FrameRow> Finish(SimulationConfig config, string name)
    {
        using SimulationRun simulation = SimulationRun.Start(config, Path.Combine(Folder, name));
        Assert.Equal(SimulationEnd.Done, simulation.Run());
        return Rows(name);
    }

    private protected IReadOnlyList<FrameRow> Rows(string name)
    {
        using RunDirectory directory = RunDirectory.OpenToRead(Path.Combine(Folder, name));
        int atoms = SystemLoader.Load(directory.Manifest.Config.Source(directory.InputFolder)).AtomCount;
        return [.. directory.Manifest.Generations.SelectMany(g => SegmentFile.ReadAsync(directory.SegmentPath(g),
            atoms).GetAwaiter().GetResult())];
    }

    private protected static void Equal(IReadOnlyList<FrameRow> a, IReadOnlyList<FrameRow> b)
    {
        Assert.Equal(a.Count, b.Count);
        for (int n = 0; n < a.Count; n++)
        {
            Assert.Equal(a[n] with { Positions = default }, b[n] with { Positions = default });
            Assert.True(a[n].Positions.Span.SequenceEqual(b[n].Positions.Span), $"row {n}");
        }
    }
}
