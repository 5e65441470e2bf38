using System.Security.Cryptography;
using System.Text;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling.Dynamics;

namespace MolSampling.Jobs.Solvation;

/// <summary>A checkpoint: settings, what was sampled, and where the walkers are. Written whole or not at all; a state put back goes on to
/// the bit.</summary>
internal static class SolvationState
{
    private const string Magic = "molsampling solvation 5";

    /// <summary>Writes.</summary>
    public static void Write(string path, string settings, ReplicaDynamics dynamics, IReadOnlyList<WindowExchange> exchanges,
        IReadOnlyList<double[]> frames)
    {
        using var file = new PendingFile(path);
        using (var hash = SHA256.Create())
        using (var hashed = new CryptoStream(file.Stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            using (var writer = new BinaryWriter(hashed, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write(Magic);
                writer.Write(settings);
                writer.Write(dynamics.StepsDone);
                double[] x = new double[3 * dynamics.Masses.Count], v = new double[x.Length];
                for (int m = 0; m < dynamics.Replicas; m++)
                {
                    dynamics.GetState(m, x, v);
                    Array.ForEach(x, writer.Write);
                    Array.ForEach(v, writer.Write);
                }
                foreach (WindowExchange exchange in exchanges)
                {
                    Array.ForEach(exchange.WindowOf, writer.Write);
                    Array.ForEach(exchange.Tried, writer.Write);
                    Array.ForEach(exchange.Made, writer.Write);
                }
                writer.Write(frames.Count);
                foreach (double[] frame in frames)
                    Array.ForEach(frame, writer.Write);
            }
            hashed.FlushFinalBlock();
            file.Stream.Write(hash.Hash!);
        }
        file.Keep();
    }

    /// <summary>Reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">That it must have been written with.</param>
    /// <param name="dynamics">Gets the states.</param>
    /// <param name="exchanges">Get windows and counts.</param>
    /// <param name="frameLength">Numbers of a frame.</param>
    /// <returns>The frames.</returns>
    /// <exception cref="MoleculeFormatException">Damaged.</exception>
    /// <exception cref="ArgumentException">Other settings.</exception>
    public static List<double[]> Read(string path, string settings, ReplicaDynamics dynamics,
        IReadOnlyList<WindowExchange> exchanges, int frameLength)
    {
        byte[] all = File.ReadAllBytes(path);
        if (all.Length < 32 || !SHA256.HashData(all.AsSpan(0, all.Length - 32)).AsSpan().SequenceEqual(all.AsSpan(all.Length - 32)))
            throw new MoleculeFormatException(Path.GetFileName(path), 0, "the checkpoint is damaged: begin anew with --overwrite");
        using var reader = new BinaryReader(new MemoryStream(all, 0, all.Length - 32), Encoding.UTF8);
        if (reader.ReadString() != Magic)
            throw new MoleculeFormatException(Path.GetFileName(path), 0,
                "the checkpoint is another version's: begin anew with --overwrite");
        if (reader.ReadString() != settings)
            throw new ArgumentException($"'{Path.GetDirectoryName(path)}' holds a run with other settings, inputs or another version: give "
                + "the same ones to go on, choose another --output, or replace it with --overwrite");
        dynamics.StepsDone = reader.ReadInt64();
        double[] x = new double[3 * dynamics.Masses.Count], v = new double[x.Length];
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            Fill(x);
            Fill(v);
            dynamics.SetState(m, x, v);
        }
        foreach (WindowExchange exchange in exchanges)
        {
            for (int k = 0; k < exchange.WindowOf.Length; k++)
                exchange.WindowOf[k] = reader.ReadInt32();
            for (int k = 0; k < exchange.Tried.Length; k++)
                exchange.Tried[k] = reader.ReadInt64();
            for (int k = 0; k < exchange.Made.Length; k++)
                exchange.Made[k] = reader.ReadInt64();
        }
        var frames = new List<double[]>();
        for (int n = reader.ReadInt32(); n > 0; n--)
        {
            double[] frame = new double[frameLength];
            Fill(frame);
            frames.Add(frame);
        }
        return frames;

        void Fill(double[] to)
        {
            for (int k = 0; k < to.Length; k++)
                to[k] = reader.ReadDouble();
        }
    }
}
