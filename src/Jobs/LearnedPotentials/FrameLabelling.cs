using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>
/// Labels for one molecule: frames of a law at all rungs of a ladder of temperatures (replica exchange with Hamiltonian Monte Carlo and
/// torsion moves, on the isomer), then the energy that is asked, chunk by chunk, into labels.xyz (extended xyz, eV and Angstrom). The
/// frames follow from settings and seed, so after a kill they are made again, and the labels that are there are kept.
/// </summary>
internal sealed class FrameLabelling
{
    private const int Ladders = 8, Stride = 10, BurnIn = 100, LeapfrogSteps = 8, TorsionMoves = 2, Chunk = 64;
    private const double MostUnlabelled = 0.2; // share of frames

    private readonly PotentialConfig _config;
    private readonly MolecularSystem _base, _asked;

    /// <exception cref="MoleculeFormatException">The molecule cannot be read.</exception>
    /// <exception cref="ParameterizationException">One of the energies does not fit it.</exception>
    public FrameLabelling(PotentialConfig config)
    {
        _config = config;
        var source = new SystemSource { Input = config.Molecule, ForceField = config.Base, Seed = config.Seed };
        _base = SystemLoader.Load(source);
        _asked = SystemLoader.Load(source with { ForceField = config.Labels, Solvent = config.Solvent });
    }

    /// <summary>SHA-256 of all that frames and labels depend on.</summary>
    private string Settings => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{_base.Energy.Fingerprint} {_asked.Energy.Fingerprint} {_config.Temperature:r} {_config.Highest:r} {_config.Seed} ")
        + string.Create(CultureInfo.InvariantCulture, $"{_config.Frames} {_config.Test}"))))[..16];

    /// <summary>Canonical, for a molecule that is to use what was learned.</summary>
    public string? Smiles => _base.Molecule?.Smiles;

    /// <summary>What labels, for people.</summary>
    public string Law => _asked.Energy.Name;

    /// <summary>The energy whose rest is learned.</summary>
    public Potential Base => _base.Energy.Potential;

    /// <summary>[N].</summary>
    public int[] AtomicNumbers => [.. _base.Topology.Atoms.Select(a => a.AtomicNumber)];

    /// <summary>Net charge.</summary>
    public int Charge => _base.Molecule?.Atoms.Sum(a => a.FormalCharge) ?? 0;

    /// <summary>[N] Da.</summary>
    public IReadOnlyList<double> Masses => _base.Masses;

    /// <summary>What networks of its charge do not know.</summary>
    public int UnpairedElectrons => _base.Molecule?.Atoms.Sum(a => a.RadicalElectrons) ?? 0;

    /// <summary>The labels up to a number, and how many frames have none; null if stopped.</summary>
    /// <param name="file">labels.xyz.</param>
    /// <param name="first">Frames of earlier rounds, which are there.</param>
    /// <param name="count">Frames of this round.</param>
    /// <param name="law">Gives these frames.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="stop">Asks for the end.</param>
    /// <exception cref="InvalidOperationException">Too many frames without an energy.</exception>
    public FrameFile? Run(string file, int first, int count, Potential law, Action<TaskProgress>? progress, CancellationToken stop)
    {
        List<LabelledGeometry> done = Labelled(file);
        if (done.Find(d => d.Settings != Settings || !d.AtomicNumbers.SequenceEqual(AtomicNumbers)) is not null)
            throw new MoleculeFormatException(file, 0, "these labels were made with other settings, or are another program's");
        if (done.Count < first + count)
        {
            if (Frames(law, first, count, progress, stop) is not { } frames || !Label(frames, first, done.Count, file, progress, stop))
                return null;
            done = Labelled(file);
        }
        FrameFile read = FrameFile.Collect(done.Take(first + count), new("eV", "eV/angstrom", "angstrom"), file);
        return read.LeftOut <= MostUnlabelled * (first + count) ? read : throw new InvalidOperationException(
            $"{Law} gave no energy for {read.LeftOut} of {first + count} frames: is {_config.Highest} K too hot for it?");
    }

    /// <summary>The frames of the file that are whole; what follows the last of them is cut off.</summary>
    private static List<LabelledGeometry> Labelled(string file)
    {
        if (!File.Exists(file))
            return [];
        string text = File.ReadAllText(file);
        using var whole = new StringReader(text[..(text.LastIndexOf('\n') + 1)]);
        return [.. LabelledXyz.Read(whole, file, mayEndEarly: true)];
    }

    /// <summary>[S][3N] nm; null if stopped.</summary>
    private float[][]? Frames(Potential law, int round, int count, Action<TaskProgress>? progress, CancellationToken stop)
    {
        Molecule molecule = _base.Molecule!;
        float[] start = Array.ConvertAll(_base.Starts[0], x => (float)x);
        Potential potential = new Stereoisomer(molecule, start) is { Count: > 0 } isomer ? law.On(isomer) : law;
        int size = start.Length;
        Ladder ladder = Ladder.Geometric(_config.Temperature, _config.Highest, Math.Max(1, size - 6));
        RandomSource random = new RandomSource(_config.Seed).Split("frames").Split(round);
        using ReplicaExchange exchange = MolecularLadder.Relaxed(potential, ladder, Ladders, AtomicNumbers,
            new TorsionSpace(molecule).Moves, start, LeapfrogSteps, TorsionMoves, random, _config.Threads, stop);
        exchange.BurnIn(BurnIn, stop, n => progress?.Invoke(new("burn-in", (double)n / BurnIn)));
        var frames = new List<float[]>();
        while (frames.Count < count && !stop.IsCancellationRequested)
        {
            exchange.Advance(Stride, stop);
            for (int m = 0; m < Ladders && frames.Count < count; m++)
                for (int k = 0; k < ladder.Count && frames.Count < count; k++)
                {
                    frames.Add(new float[size]);
                    exchange.CopyPositions(m, k, frames[^1]);
                }
            progress?.Invoke(new("frames", (double)frames.Count / count));
        }
        return stop.IsCancellationRequested ? null : [.. frames];
    }

    private bool Label(float[][] frames, int before, int done, string file, Action<TaskProgress>? progress, CancellationToken stop)
    {
        Potential potential = _asked.Energy.Potential;
        int[] numbers = AtomicNumbers;
        using (var kept = new PendingFile(file)) // without what a kill left of a frame
        {
            using (var writer = new StreamWriter(kept.Stream, leaveOpen: true))
                if (done > 0)
                    writer.Write(string.Concat(File.ReadLines(file).Take(done * (numbers.Length + 2)).Select(l => l + "\n")));
            kept.Keep();
        }
        for (int first = done - before; first < frames.Length; first += Chunk)
        {
            if (stop.IsCancellationRequested)
                return false;
            int count = Math.Min(Chunk, frames.Length - first);
            double[] energies = new double[count];
            double[][] forces = new double[count][];
            Parallel.For(0, count, ParallelWork.Options(potential.ThreadsFor(_config.Threads), CancellationToken.None), k =>
            {
                forces[k] = new double[frames[first + k].Length];
                energies[k] = potential.EvaluateDouble(Array.ConvertAll(frames[first + k], v => (double)v), forces[k]);
            });
            using var writer = new StreamWriter(file, append: true);
            for (int k = 0; k < count; k++)
                LabelledXyz.Write(writer, numbers, frames[first + k], energies[k], forces[k], Settings);
            progress?.Invoke(new($"labels by {Law}", (first + count) / (double)frames.Length));
        }
        return true;
    }
}
