using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Simulation.Export;

/// <summary>A run directory, or a folder with the run directories of an array's tasks (task-0000, task-0001, ...), opened to read; the runs
/// may still be going.</summary>
public sealed class RunGroup : IDisposable
{
    private RunGroup(string folder, IReadOnlyList<RunDirectory> runs, SimulationPlan plan, MolecularSystem system) =>
        (Folder, Runs, Plan, System) = (folder, runs, plan, system);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>By task; one for a run that is no array.</summary>
    internal IReadOnlyList<RunDirectory> Runs { get; }

    /// <summary>The same for all.</summary>
    public SimulationPlan Plan { get; }

    /// <summary>The same for all.</summary>
    public MolecularSystem System { get; }

    /// <summary>Whether the runs are tasks of an array.</summary>
    public bool IsArray => Runs[0].Manifest.Task is not null;

    /// <summary>Tasks of the array that have not begun.</summary>
    public int MissingTasks => IsArray && Runs.Count > 1 ? Math.Max(0, Runs[0].Manifest.Task![1] - Runs.Count) : 0;

    /// <summary>Replicas of one run.</summary>
    public int Replicas => Runs[0].Manifest.Config.Replicas;

    /// <summary>The number of a run's task, 0 without an array.</summary>
    internal static int Task(RunDirectory run) => run.Manifest.Task is [int index, _] ? index : 0;

    /// <summary>Opens the manifests as they stand and loads the system.</summary>
    /// <exception cref="MoleculeFormatException">No run is there, a manifest is damaged, or the tasks are not of one array.</exception>
    public static RunGroup Open(string path)
    {
        if (!Directory.Exists(path))
            throw new MoleculeFormatException(path, 0, "there is no such folder");
        string[] tasks = File.Exists(Path.Combine(path, "manifest.json")) ? [] : [.. Directory.EnumerateDirectories(path, "task-*")
            .Where(d => File.Exists(Path.Combine(d, "manifest.json"))).Order(StringComparer.Ordinal)];
        List<RunDirectory> runs = [.. tasks.Length > 0 ? tasks.Select(RunDirectory.OpenToRead) : [RunDirectory.OpenToRead(path)]];
        Manifest first = runs[0].Manifest;
        foreach (RunDirectory run in runs)
            if (run.Manifest.ConfigHash != first.ConfigHash || run.Manifest.SystemFingerprint != first.SystemFingerprint)
                throw new MoleculeFormatException(run.Path, 0, string.Create(CultureInfo.InvariantCulture,
                    $"task {Task(run)} has another system or configuration than task {Task(runs[0])}: export them one by one"));
        runs.Sort((a, b) => Task(a).CompareTo(Task(b)));
        return new(path, runs, first.Config.Plan(), SystemLoader.Load(first.Config.Source(runs[0].InputFolder)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RunDirectory run in Runs)
            run.Dispose();
    }
}
