using System.Globalization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Simulation.Export;

/// <summary>
/// Writes frames of a run for other programs: task after task, in a task series after series, in a series by time. Segments hold frames of
/// all replicas side by side, so they are read twice: once to count, once to encode; what has to change places does so in a temporary file.
/// One segment is in memory at a time.
/// </summary>
public static class TrajectoryExport
{
    /// <summary>Exports; the file appears when it is complete, and takes the place of an older one.</summary>
    /// <param name="runs">From where.</param>
    /// <param name="selection">Which frames.</param>
    /// <param name="format">As what.</param>
    /// <param name="path">The file; for formats without a topology it is joined by one in PDB (mmCIF where PDB cannot hold the
    /// names).</param>
    /// <param name="topologyPath">The topology's file, without extension.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    /// <exception cref="MoleculeFormatException">There is no frame, or every segment is damaged.</exception>
    /// <exception cref="ArgumentException">The format cannot hold the system or a frame.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public static ExportResult Write(RunGroup runs, FrameSelection selection, TrajectoryFormat format, string path, string topologyPath,
        Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        var encoder = FrameEncoder.Create(format, runs, selection);
        var census = FrameCensus.Take(runs, selection, f => progress?.Invoke(new("reading", f)), cancellation);
        if (census.Frames == 0)
            throw new MoleculeFormatException(runs.Folder, 0, census.Damage.Count > 0 ? $"no frame can be exported: {census.Damage[0]}"
                : "there is no such frame yet; frames appear with each checkpoint");
        List<string> warnings = [.. census.Damage];
        if (runs.MissingTasks > 0)
            warnings.Add($"{runs.MissingTasks} of {runs.MissingTasks + runs.Runs.Count} tasks have not begun");
        if (census.Absent > 0)
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{census.Absent} frames are not there: a replica that blew up has none for that step, one that was given up none after it (see events.log)"));
        ExportedSeries[] series = Layout(runs, selection, census);
        try
        {
            string? topology;
            using (var file = new PendingFile(path))
            {
                encoder.Begin(file.Stream, census);
                FrameRow? first = WriteFrames(runs, selection, census, series, encoder, file.Stream, path, progress, cancellation);
                encoder.End(file.Stream);
                topology = encoder.NeedsTopology ? WriteTopology(topologyPath, runs.System, first!) : null;
                file.Keep();
            }
            return new(path, topology, runs.System.AtomCount, census.Frames, series, warnings);
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e) && e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new IOException($"'{path}' could not be written ({e.Message}); nothing was left behind", e);
        }
    }

    private static ExportedSeries[] Layout(RunGroup runs, FrameSelection selection, FrameCensus census)
    {
        long next = 0;
        var series = new List<ExportedSeries>();
        for (int r = 0; r < runs.Runs.Count; r++)
            for (int s = 0; s < selection.Members.Count; s++)
            {
                series.Add(new(RunGroup.Task(runs.Runs[r]), selection.Members[s], next, census.Counts[r][s]));
                next += census.Counts[r][s];
            }
        return [.. series];
    }

    /// <returns>The file's first frame.</returns>
    private static FrameRow? WriteFrames(RunGroup runs, FrameSelection selection, FrameCensus census, ExportedSeries[] series,
        FrameEncoder encoder, Stream stream, string path,
        Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        int members = selection.Members.Count, done = 0, total = census.Segments.Sum(s => s.Count);
        FrameRow? first = null;
        using SeriesSpool? spool = members > 1 ? new(string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.order.part"), members) : null;
        var block = new MemoryStream();
        for (int r = 0; r < runs.Runs.Count; r++)
        {
            RunDirectory run = runs.Runs[r];
            long[] written = new long[members];
            foreach (Generation generation in census.Segments[r])
            {
                cancellation.ThrowIfCancellationRequested();
                IReadOnlyList<FrameRow> rows = SegmentFile.ReadAsync(run.SegmentPath(generation),
                    runs.System.AtomCount).GetAwaiter().GetResult();
                foreach (IGrouping<int, FrameRow> group in rows.Where(row => selection.SeriesOf(row) >= 0).GroupBy(selection.SeriesOf))
                {
                    block.SetLength(0);
                    foreach (FrameRow row in group)
                    {
                        long number = series[r * members + group.Key].First + written[group.Key]++;
                        Encode(encoder, block, row, RunGroup.Task(run), number);
                        if (number == 0)
                            first = row;
                    }
                    ReadOnlySpan<byte> bytes = block.GetBuffer().AsSpan(0, (int)block.Length);
                    if (spool is null)
                        stream.Write(bytes);
                    else
                        spool.Add(group.Key, bytes);
                }
                progress?.Invoke(new("writing", (double)++done / total));
            }
            spool?.MoveTo(stream, cancellation);
        }
        return first;
    }

    private static void Encode(FrameEncoder encoder, Stream stream, FrameRow row, int task, long number)
    {
        try
        {
            encoder.Add(stream, row, task, number);
        }
        catch (ArgumentException e)
        {
            string reason = e.Message.Split(" (Parameter")[0];
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"the frame of replica {row.Replica} at {row.TimePicoseconds:g9} ps cannot be written: {reason}"), e);
        }
    }

    /// <summary>The topology with the first frame's coordinates.</summary>
    private static string WriteTopology(string path, MolecularSystem system, FrameRow first)
    {
        var structure = new Structure(system.Topology, Array.ConvertAll(first.Positions.ToArray(), c => (double)c),
            FrameEncoder.BoxOf(first, system) is { } e ? new UnitCell(e.X, e.Y, e.Z) : null);
        try
        {
            PdbWriter.Write(path + ".pdb", structure);
            return path + ".pdb";
        }
        catch (ArgumentException)
        {
            PdbxWriter.Write(path + ".cif", structure); // names, numbers or coordinates beyond PDB's columns
            return path + ".cif";
        }
    }
}
