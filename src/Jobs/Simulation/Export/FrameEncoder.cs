using System.Globalization;
using System.Text;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Simulation.Export;

/// <summary>Turns frames into the bytes of a format; a frame's bytes depend on the frame and its number alone, so that frames may be
/// encoded in any order.</summary>
internal abstract class FrameEncoder
{
    /// <summary>Whether readers need a topology beside the file.</summary>
    public virtual bool NeedsTopology => false;

    /// <summary>Writes what comes before the first frame.</summary>
    public virtual void Begin(Stream stream, FrameCensus census)
    {
    }

    /// <summary>Writes a frame.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="row">The frame.</param>
    /// <param name="task">Of an array.</param>
    /// <param name="number">In the file, from 0.</param>
    /// <exception cref="ArgumentException">The format cannot hold it.</exception>
    public abstract void Add(Stream stream, FrameRow row, int task, long number);

    /// <summary>Writes what comes after the last frame.</summary>
    public virtual void End(Stream stream)
    {
    }

    /// <summary>Edges of a frame's box, nm: its own at constant pressure; null for none.</summary>
    public static (double X, double Y, double Z)? BoxOf(FrameRow row, MolecularSystem system) => row.Volume > 0
        ? (Math.Cbrt(row.Volume), Math.Cbrt(row.Volume), Math.Cbrt(row.Volume))
        : system.Energy.Parameters?.Box is { Edges: var e } ? (e.X, e.Y, e.Z) : null;

    /// <summary>The encoder of a format.</summary>
    /// <exception cref="ArgumentException">The system has no bond orders, which SDF states.</exception>
    public static FrameEncoder Create(TrajectoryFormat format, RunGroup runs, FrameSelection selection) => format switch
    {
        TrajectoryFormat.Dcd => new DcdEncoder(runs, selection),
        TrajectoryFormat.Xtc => new XtcEncoder(runs.System),
        TrajectoryFormat.Pdb => new PdbEncoder(runs.System, runs.Plan.Pressure is not null),
        _ => new SdfEncoder(runs.System.Molecule ?? throw new ArgumentException(
            $"sdf states bond orders, and the input of '{runs.System.Name}' told none (only an SDF file or a SMILES does): use --format pdb, which states the bonds"), runs.IsArray),
    };

    private sealed class DcdEncoder(RunGroup runs, FrameSelection selection) : FrameEncoder
    {
        public override bool NeedsTopology => true;

        public override void Begin(Stream stream, FrameCensus census) => DcdWriter.WriteHeader(stream, runs.System.AtomCount, census.Frames,
            census.FirstStep, selection.StepInterval, runs.Plan.StepSize,
            ["Created by MolSampling", $"One {selection.MemberName} after the other, each in the order of time"],
            runs.Plan.Pressure is not null || runs.System.Energy.Parameters?.Box is not null);

        public override void Add(Stream stream, FrameRow row, int task, long number) => DcdWriter.WriteFrame(stream, row.Positions.Span,
            BoxOf(row, runs.System));
    }

    private sealed class XtcEncoder(MolecularSystem system) : FrameEncoder
    {
        private readonly XtcWriter _writer = new(system.AtomCount);

        public override bool NeedsTopology => true;

        public override void Add(Stream stream, FrameRow row, int task, long number) => _writer.Write(stream, row.Step, row.TimePicoseconds,
            row.Positions.Span, BoxOf(row, system) ?? default);
    }

    private abstract class TextEncoder : FrameEncoder
    {
        private static readonly UTF8Encoding s_utf8 = new(false);

        protected static void Write(Stream stream, Action<TextWriter> write)
        {
            using var writer = new StreamWriter(stream, s_utf8, leaveOpen: true) { NewLine = "\n" };
            write(writer);
        }
    }

    private sealed class PdbEncoder(MolecularSystem system, bool hasOwnBoxes) : TextEncoder
    {
        public override void Begin(Stream stream, FrameCensus census)
        {
            if (!hasOwnBoxes && system.Energy.Parameters?.Box is { Edges: var e })
                Write(stream, writer => PdbWriter.WriteCell(writer, new UnitCell(e.X, e.Y, e.Z)));
        }

        public override void Add(Stream stream, FrameRow row, int task, long number) => Write(stream, writer =>
        {
            if (hasOwnBoxes && BoxOf(row, system) is { } e)
                PdbWriter.WriteCell(writer, new UnitCell(e.X, e.Y, e.Z)); // before every model
            PdbWriter.WriteModel(writer, system.Topology, Array.ConvertAll(row.Positions.ToArray(), c => (double)c), number + 1);
        });

        public override void End(Stream stream) => Write(stream, writer => PdbWriter.WriteEnd(writer, system.Topology));
    }

    private sealed class SdfEncoder(Molecule molecule, bool isArray) : TextEncoder
    {
        public override void Add(Stream stream, FrameRow row, int task, long number)
        {
            static string Text(double value) => value.ToString("r", CultureInfo.InvariantCulture);
            List<(string, string)> fields =
            [
                ("replica", Text(row.Replica)), ("step", Text(row.Step)), ("time_ps", Text(Math.Round(row.TimePicoseconds, 6))),
                    ("temperature_K", Text(row.Temperature)),
                ("potential_energy_kJ_per_mol", Text(row.PotentialEnergy)),
            ];
            if (isArray)
                fields.Insert(0, ("task", Text(task)));
            Write(stream, writer => SdfWriter.Write(writer, molecule, row.Positions.Span, fields));
        }
    }
}
