using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>A simulation as its files tell it: one run directory, or the tasks of an array merged. Reads only what the manifests name, so
/// it may be read while it runs.</summary>
/// <param name="Folder">As given.</param>
/// <param name="System">What is simulated.</param>
/// <param name="Runs">The run, or the tasks that have begun.</param>
/// <param name="Tasks">Of the array; 0 for a single run.</param>
/// <param name="Missing">What is not there, in words: tasks that have not begun, damaged segments.</param>
/// <param name="Trace">The numbers of the frames.</param>
/// <param name="Lost">Frames that replicas lack because they blew up, all runs together.</param>
public sealed record SimulationData(string Folder, MolecularSystem System, IReadOnlyList<RunSnapshot> Runs, int Tasks,
    IReadOnlyList<string> Missing, SimulationTrace Trace, LostFrames Lost)
{
    /// <summary>[K - 1] swaps accepted of those tried, all runs together; NaN where none was counted.</summary>
    public IReadOnlyList<double> SwapAcceptances => [.. Enumerable.Range(0, Trace.Temperatures.Count - 1).Select(k =>
        (double)Runs.Sum(r => k < r.SwapsAccepted.Count ? r.SwapsAccepted[k] : 0) / Runs.Sum(r => k < r.SwapsProposed.Count
            ? r.SwapsProposed[k] : 0))];

    /// <summary>Reads a run directory, or a folder of task-NNNN directories. Positions of one segment at a time are in memory.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="extraTorsions">Further torsions, "i-j-k-l" by atom numbers from 1.</param>
    /// <param name="now">UTC.</param>
    /// <param name="progress">Fraction of segments read.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MoleculeFormatException">There is no run, or its input cannot be read again.</exception>
    /// <exception cref="ArgumentException">A torsion that does not exist.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static SimulationData Read(string folder, IReadOnlyList<string> extraTorsions, DateTime now,
        Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        var missing = new List<string>();
        List<RunDirectory> directories = Open(folder, missing, out int tasks);
        try
        {
            SimulationConfig config = directories[0].Manifest.Config;
            SimulationPlan plan = config.Plan();
            // starts are not needed
            MolecularSystem system =
                SystemLoader.Load((config with { Replicas = plan.Temperatures.Count }).Source(directories[0].InputFolder));
            NamedTorsion[] torsions = [.. system.NamedTorsions.Torsions, .. extraTorsions.Select(t => Parse(t, system))];
            RunSnapshot[] runs = [.. directories.Select(d =>
                RunSnapshot.Of(d, Path.GetFileName(Path.GetFullPath(d.Path).TrimEnd(Path.DirectorySeparatorChar)), now))];
            int k = plan.Temperatures.Count;
            var ladders = new List<LadderTrace>();
            var lost = new LostFrames(0, 0);
            int segments = runs.Sum(r => r.Manifest.Generations.Count), read = 0;
            float[] angles = new float[torsions.Length];
            for (int d = 0; d < directories.Count; d++)
            {
                string prefix = tasks == 0 ? "" : runs[d].Name + " ";
                LadderTrace[] own = [.. Enumerable.Range(0, config.Replicas / k).Select(g =>
                    new LadderTrace($"{prefix}{(k > 1 ? "ladder" : "replica")} {g}", torsions.Length))];
                var tally = new FrameTally(config.Replicas);
                long from = 0;
                foreach (Generation generation in runs[d].Manifest.Generations)
                {
                    cancellation.ThrowIfCancellationRequested();
                    try
                    {
                        IReadOnlyList<FrameRow> rows = SegmentFile.ReadAsync(directories[d].SegmentPath(generation), system.AtomCount,
                            torsions.Length > 0).GetAwaiter().GetResult();
                        tally.Add(rows, from, generation.Steps, plan.StepsPerFrame);
                        foreach (FrameRow row in rows)
                        {
                            for (int t = 0; t < torsions.Length; t++)
                                angles[t] = (float)Dihedral.Angle(row.Positions.Span, torsions[t].I, torsions[t].J, torsions[t].K,
                                    torsions[t].L);
                            own[row.Replica / k].Add(row.Step, row.Replica % k, row.Rung, row.PotentialEnergy, row.KineticEnergy, angles,
                                row.ScaledEnergy, row.Volume);
                        }
                    }
                    catch (Exception e) when (e is MoleculeFormatException or IOException)
                    {
                        missing.Add($"{prefix}segment {generation.Segment} cannot be read ({e.Message}): frames of steps {from + 1} to {generation.Steps} are not in this report");
                    }
                    from = generation.Steps;
                    progress?.Invoke(new("reading", (double)++read / segments, generation.Segment));
                }
                ladders.AddRange(own);
                LostFrames here = tally.Lost(runs[d].Failed);
                lost = new(lost.SetBack + here.SetBack, lost.AfterGivingUp + here.AfterGivingUp);
            }
            var trace = new SimulationTrace(plan.Temperatures, plan.StepSize * plan.StepsPerFrame, plan.StepsPerFrame,
                system.DegreesOfFreedom, [.. torsions.Select(t => t.Label)], system.NamedTorsions.RamachandranPairs, ladders,
                plan.Ladder.Scales) { Pressure = plan.PressureEnergy, Mass = system.Masses.Sum() };
            return new(folder, system, runs, tasks, missing, trace, lost);
        }
        finally
        {
            directories.ForEach(d => d.Dispose());
        }
    }

    private static List<RunDirectory> Open(string folder, List<string> missing, out int tasks)
    {
        tasks = 0;
        if (!Directory.Exists(folder))
            throw new MoleculeFormatException(folder, 0, "there is no such folder");
        if (File.Exists(Path.Combine(folder, "manifest.json")))
            return [RunDirectory.OpenToRead(folder)];
        var found = new List<RunDirectory>();
        foreach (string path in Directory.GetDirectories(folder, "task-*").Where(p =>
            File.Exists(Path.Combine(p, "manifest.json"))).Order(StringComparer.Ordinal))
        {
            RunDirectory directory = RunDirectory.OpenToRead(path);
            if (found.Count > 0 && (directory.Manifest.ConfigHash != found[0].Manifest.ConfigHash
                || directory.Manifest.SystemFingerprint != found[0].Manifest.SystemFingerprint))
                missing.Add($"{Path.GetFileName(path)} has another configuration or system than {Path.GetFileName(found[0].Path)} and is left out");
            else
                found.Add(directory);
        }
        if (found.Count == 0)
            throw new MoleculeFormatException(folder, 0, "there is no run here: no manifest.json, and no task-NNNN folder with one");
        tasks = found.Max(d => d.Manifest.Task is [_, int count] ? count : 0);
        var begun = found.Select(d => d.Manifest.Task?[0] ?? -1).ToHashSet();
        int[] waiting = [.. Enumerable.Range(0, tasks).Where(t => !begun.Contains(t))];
        if (waiting.Length > 0)
            missing.Add($"{waiting.Length} of {tasks} tasks have not begun: {string.Join(", ", waiting.Take(20))}{(waiting.Length > 20 ? ", …" : "")}");
        return found;
    }

    private static NamedTorsion Parse(string text, MolecularSystem system)
    {
        int[] atoms = [.. text.Split('-').Select(p => int.TryParse(p, global::System.Globalization.NumberStyles.None,
            global::System.Globalization.CultureInfo.InvariantCulture, out int n) ? n : 0)];
        if (atoms.Length != 4 || atoms.Any(a => a < 1 || a > system.AtomCount) || atoms.Distinct().Count() < 4)
            throw new ArgumentException($"--torsion '{text}' is not four different atom numbers i-j-k-l from 1 to {system.AtomCount}");
        string Name(int atom)
        {
            TopologyAtom own = system.Topology.Atoms[atom - 1];
            return own.Name == $"{own.Symbol}{atom}" ? own.Name : $"{own.Name}({atom})"; // a SMILES' names hold the number already
        }
        string label = string.Join('-', atoms.Select(Name));
        return new(label, atoms[0] - 1, atoms[1] - 1, atoms[2] - 1, atoms[3] - 1);
    }
}
