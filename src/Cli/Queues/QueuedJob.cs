using System.CommandLine;
using MolSampling.Cli.Commands;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Queues;

/// <summary>What the tasks of an array do.</summary>
/// <param name="Command">Words after the program's name, without output, task and threads; file names absolute.</param>
/// <param name="Output">Folder of the results, absolute.</param>
/// <param name="What">"64 replicas, 1ns each", for people.</param>
/// <param name="Prepare">Finds now what would go wrong in the queue, and makes what tasks share.</param>
internal sealed record QueuedJob(IReadOnlyList<string> Command, string Output, string What, Action Prepare)
{
    /// <summary>A simulation: each task has its own seed and its own sub-directory.</summary>
    public static QueuedJob OfSimulation(string file, string output, IReadOnlyList<string> options)
    {
        if (options.Count > 0)
            throw new ArgumentException($"'{options[0]}': options after -- are for a list of molecules; a simulation has them in its JSON file");
        SimulationConfig config = SimulationConfig.Read(file);
        return new(["simulate", "--config", Path.GetFullPath(file)], Path.GetFullPath(output),
            $"{config.Replicas} replicas, {config.Time} each", () =>
        {
            config.Plan();
            SystemLoader.Load(config.Source());
        });
    }

    /// <summary>Conformers of a list: each task takes every T-th molecule, all share the folder.</summary>
    /// <param name="file">The list.</param>
    /// <param name="output">The folder.</param>
    /// <param name="options">Of molsampling conformers.</param>
    public static QueuedJob OfConformers(string file, string output, IReadOnlyList<string> options)
    {
        foreach (string own in options.Where(o =>
            o is "--output" or "-o" or "--task-index" or "--task-count" or "--threads" or "--merge" or "--overwrite"))
            throw new ArgumentException($"{own} is the queue's to say: give it before --, or not at all");
        ParseResult parsed = ConformersCommand.Create().Parse([file, .. options]);
        if (CommandLineErrors.First([file, .. options], parsed) is { } error)
            throw new ArgumentException(error);
        ConformerOptions settings = ConformerArguments.Options(parsed);
        var list = MoleculeList.Open(file, settings.Stereo == StereoHandling.Enumerate);
        return new(["conformers", Path.GetFullPath(file), .. options], Path.GetFullPath(output), $"{list.Count} molecules",
            () => ConformerRun.Prepare(output, list, settings));
    }
}
