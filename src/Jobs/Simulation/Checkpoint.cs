using System.Security.Cryptography;
using System.Text;
using MolSampling.Molecular;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Simulation;

/// <summary>Everything that a simulation needs to go on to the bit: random numbers are functions of the step, so no generator's state is
/// among it.</summary>
internal sealed class Checkpoint
{
    private const string Magic = "molsampling checkpoint 1", WithMoves = "molsampling checkpoint 2", // as 1, with counts of moves
        WithBoxes = "molsampling checkpoint 3"; // as 2, with boxes and the step of their moves

    /// <summary>Steps done.</summary>
    public required long Steps { get; init; }

    /// <summary>[M][3N] nm.</summary>
    public required double[][] Positions { get; init; }

    /// <summary>[M][3N] nm/ps.</summary>
    public required double[][] Velocities { get; init; }

    /// <summary>[M] rung of each replica.</summary>
    public required int[] Rungs { get; init; }

    /// <summary>[M] how often each replica was restarted after it blew up.</summary>
    public required int[] Restarts { get; init; }

    /// <summary>[M] whether it was given up.</summary>
    public required bool[] Failed { get; init; }

    /// <summary>[M] kJ/mol, of the state.</summary>
    public required double[] Energies { get; init; }

    /// <summary>[K - 1] swaps tried between rung k and k + 1.</summary>
    public required long[] SwapsProposed { get; init; }

    /// <summary>[K - 1] swaps made.</summary>
    public required long[] SwapsAccepted { get; init; }

    /// <summary>Of the proposals of moves beside the dynamics; empty where there are none.</summary>
    public List<MoveCount> Moves { get; init; } = [];

    /// <summary>[M] each replica's box at constant pressure; null at constant volume.</summary>
    public double[]? Stretches { get; init; }

    /// <summary>The largest change of a volume, nm^3; 0 where nothing of ours moves it.</summary>
    public double VolumeChange { get; set; }

    /// <summary>Makes sure that the state is one of a system and a plan.</summary>
    /// <exception cref="MoleculeFormatException">It is not.</exception>
    internal void ThrowIfNot(int atoms, int replicas, int rungs, long steps, string folder, bool hasBoxes = false)
    {
        if (hasBoxes != Stretches is not null || !(VolumeChange >= 0) || (Stretches ?? []).Any(s => !(s is > 0.1 and < 10))
            || Steps != steps || Positions.Length != replicas || SwapsProposed.Length != rungs - 1
            || Positions.Any(x => x.Length != 3 * atoms)
            || Rungs.Any(k => k < 0 || k >= rungs)
            || Rungs.Chunk(rungs).Any(ladder => ladder.Distinct().Count() != rungs) || Restarts.Any(n => n < 0)
                || SwapsProposed.Zip(SwapsAccepted).Any(s => s.Second < 0 || s.Second > s.First))
            throw new MoleculeFormatException(folder, 0,
                $"the checkpoint is not of this run: {atoms} atoms, {replicas} replicas, {rungs} rungs, step {steps}");
    }

    /// <summary>The bytes, with a checksum at the end.</summary>
    public byte[] ToBytes()
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, true))
        {
            writer.Write(Stretches is not null ? WithBoxes : Moves.Count > 0 ? WithMoves : Magic);
            writer.Write(Steps);
            writer.Write(Positions.Length);
            writer.Write(Positions[0].Length);
            writer.Write(SwapsProposed.Length);
            for (int m = 0; m < Positions.Length; m++)
            {
                foreach (double v in Positions[m])
                    writer.Write(v);
                foreach (double v in Velocities[m])
                    writer.Write(v);
                writer.Write(Rungs[m]);
                writer.Write(Restarts[m]);
                writer.Write(Failed[m]);
                writer.Write(Energies[m]);
            }
            for (int k = 0; k < SwapsProposed.Length; k++)
            {
                writer.Write(SwapsProposed[k]);
                writer.Write(SwapsAccepted[k]);
            }
            if (Moves.Count > 0 || Stretches is not null)
                writer.Write(Moves.Count);
            foreach (MoveCount move in Moves)
            {
                writer.Write(move.Name);
                foreach (long count in (ReadOnlySpan<long>)[move.Proposed, move.Accepted, move.OutsideSupport, move.NonFinite])
                    writer.Write(count);
            }
            if (Stretches is not null)
                writer.Write(VolumeChange);
            foreach (double stretch in Stretches ?? [])
                writer.Write(stretch);
        }
        memory.Write(SHA256.HashData(memory.ToArray()));
        return memory.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Checkpoint FromBytes(byte[] bytes)
    {
        int end = bytes.Length - SHA256.HashSizeInBytes;
        if (end <= 0 || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
            throw new InvalidDataException("its checksum does not agree");
        using var reader = new BinaryReader(new MemoryStream(bytes, 0, end), Encoding.UTF8);
        string magic = reader.ReadString();
        if (magic is not (Magic or WithMoves or WithBoxes))
            throw new InvalidDataException("it is of another version of the program");
        long steps = reader.ReadInt64();
        int replicas = reader.ReadInt32(), size = reader.ReadInt32(), pairs = reader.ReadInt32();
        long left = end - reader.BaseStream.Position, replica = 16L * size + 2 * sizeof(int) + sizeof(bool) + sizeof(double);
        if (replicas < 1 || size < 1 || pairs < 0 || replicas > left
            || left - replicas * replica - pairs * 2L * sizeof(long) is var rest && (magic == Magic ? rest != 0 : rest < sizeof(int)))
            throw new InvalidDataException("its sizes do not agree");
        var checkpoint = new Checkpoint
        {
            Steps = steps,
            Positions = new double[replicas][],
            Velocities = new double[replicas][],
            Rungs = new int[replicas],
            Restarts = new int[replicas],
            Failed = new bool[replicas],
            Energies = new double[replicas],
            SwapsProposed = new long[pairs],
            SwapsAccepted = new long[pairs],
            Stretches = magic == WithBoxes ? new double[replicas] : null,
        };
        double[] Doubles()
        {
            var values = new double[size];
            for (int k = 0; k < size; k++)
                values[k] = reader.ReadDouble();
            return values;
        }
        MoveCount[] Counts()
        {
            try
            {
                return [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => new MoveCount(reader.ReadString(), reader.ReadInt64(),
                    reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()))];
            }
            catch (Exception e) when (e is EndOfStreamException or ArgumentOutOfRangeException or FormatException)
            {
                throw new InvalidDataException("its sizes do not agree", e);
            }
        }
        for (int m = 0; m < replicas; m++)
        {
            checkpoint.Positions[m] = Doubles();
            checkpoint.Velocities[m] = Doubles();
            checkpoint.Rungs[m] = reader.ReadInt32();
            checkpoint.Restarts[m] = reader.ReadInt32();
            checkpoint.Failed[m] = reader.ReadBoolean();
            checkpoint.Energies[m] = reader.ReadDouble();
        }
        for (int k = 0; k < pairs; k++)
            (checkpoint.SwapsProposed[k], checkpoint.SwapsAccepted[k]) = (reader.ReadInt64(), reader.ReadInt64());
        if (magic != Magic)
            checkpoint.Moves.AddRange(Counts());
        if (checkpoint.Stretches is not { } stretches)
            return checkpoint;
        if (end - reader.BaseStream.Position != (1 + replicas) * sizeof(double))
            throw new InvalidDataException("its sizes do not agree");
        checkpoint.VolumeChange = reader.ReadDouble();
        for (int m = 0; m < replicas; m++)
            stretches[m] = reader.ReadDouble();
        return checkpoint;
    }
}
