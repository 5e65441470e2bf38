using System.Numerics.Tensors;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// What a <see cref="ProposalNetwork"/> sees of a molecule: rotors and pairs of rotors, each with the steps of
/// <see cref="TorusDirections"/> and with numbers that neither another numbering of the atoms nor the zero of an angle nor
/// a reflection changes: sizes and noise of the steps, widths of conditionals, places in the tree. No element, no atom type: what chemistry
/// there is comes through the energies.
/// </summary>
internal sealed class ProposalFeatures
{
    public const int SingleHarmonics = 12, PairHarmonics = 3; // as of TorusProposal

    private const int Widths = 6;
    private const float Longest = 5; // of a step: what few draws carry would be thrown far

    private static int RotorOwn => 5 + Widths + 3 * TorusDirections.Channels;

    private static int PairOwn => 6 + Whole + 2 * TorusDirections.Channels;

    private const int Whole = 6;

    /// <summary>Numbers of a rotor: of the molecule, its own, means of its pairs with earlier and with later rotors.</summary>
    public static int RotorWidth => Whole + RotorOwn + 2 * PairOwn;

    /// <summary>Numbers of a pair: its own, those of both rotors.</summary>
    public static int PairWidth => PairOwn + 2 * RotorOwn;

    /// <summary>[channels, harmonics].</summary>
    public static int RotorGates => TorusDirections.Channels * SingleHarmonics;

    /// <summary>[channels, harmonics of the later, harmonics of the earlier].</summary>
    public static int PairGates => TorusDirections.Channels * PairHarmonics * PairHarmonics;

    /// <summary>Of a stage: draws and energies come from (random, stage) alone.</summary>
    public static ProposalFeatures Of(TorusProposal proposal, RotorTree tree, TorusTarget target, RandomSource random, int stage,
        int threads) =>
        new(proposal, tree, new TorusDirections(proposal, target, ProposalNetwork.Draws, random.Split(stage), threads));

    private ProposalFeatures(TorusProposal proposal, RotorTree tree, TorusDirections directions)
    {
        int count = proposal.Dimension, channels = TorusDirections.Channels;
        if (proposal.SingleRows != 2 * SingleHarmonics || proposal.PairRows != 2 * PairHarmonics)
            throw new ArgumentException($"The network is for {SingleHarmonics} and {PairHarmonics} harmonics.");
        Pairs = [.. from i in Enumerable.Range(0, count) from j in Enumerable.Range(0, i) select (j, i)];
        (RotorSteps, PairSteps) = (new float[count][], new float[Pairs.Length][]);
        float[] whole = OfAll(directions, count);
        float[][] rotors = new float[count][], pairs = new float[Pairs.Length][], shares = new float[count][];
        for (int i = 0; i < count; i++)
        {
            Rotor rotor = tree.Rotors[i];
            (RotorSteps[i], float[] sizes) = Step(directions, i, [.. Enumerable.Range(0, proposal.SingleRows)]);
            (float[] step, float[] all) = Step(directions, i, [.. Enumerable.Range(0, proposal.WeightCount(i))]);
            shares[i] = [.. Enumerable.Range(0, channels).Select(k =>
                1 / MathF.Sqrt(1 + FixedOrder.SumOfSquares<float>(step.AsSpan(k * proposal.WeightCount(i),
                proposal.WeightCount(i))) / (Longest * Longest)))];
            Shorten(RotorSteps[i], shares[i]);
            rotors[i] = [(float)i / count, 0.1f * (count - i), 0.2f * tree.Depth(i), Flag(rotor.IsTop),
                0.2f * tree.Rotors.Count(r => r.Parent == i),
                .. directions.Variances[i][..Widths], .. sizes, .. all[..channels]];
        }
        var tables = proposal.Pairs.Select(p => (p.Earlier, p.Later)).ToHashSet();
        for (int e = 0; e < Pairs.Length; e++)
        {
            (int j, int i) = Pairs[e];
            int rows = proposal.PairRows;
            (PairSteps[e], float[] sizes) = Step(directions, i,
                [.. from p in Enumerable.Range(0, rows) from c in Enumerable.Range(0, rows) select proposal.SingleRows + p * rows * i
                + j * rows + c]);
            Shorten(PairSteps[e], shares[i]);
            pairs[e] = [.. whole, 0.2f * tree.Between(j, i), Flag(tables.Contains((j, i))), Flag(tree.Rotors[i].IsTop),
                Flag(tree.Rotors[j].IsTop), 0.1f * (count - i), 0.1f * (i - j), .. sizes];
        }
        Rotors = [.. Enumerable.Range(0, count).Select(i => (float[])[.. whole, .. rotors[i], .. Mean(e => Pairs[e].Later == i),
            .. Mean(e => Pairs[e].Earlier == i)])];
        PairInputs = [.. Pairs.Select((p, e) => (float[])[.. pairs[e], .. rotors[p.Earlier], .. rotors[p.Later]])];

        float[] Mean(Func<int, bool> which)
        {
            float[] sum = new float[PairOwn];
            int[] chosen = [.. Enumerable.Range(0, pairs.Length).Where(which)];
            foreach (int e in chosen)
                TensorPrimitives.MultiplyAdd(pairs[e], 1f / chosen.Length, sum, sum);
            return sum;
        }
    }

    /// <summary>[T][<see cref="RotorWidth"/>].</summary>
    public float[][] Rotors { get; }

    /// <summary>[T][channels, rows of a].</summary>
    public float[][] RotorSteps { get; }

    /// <summary>[E] all pairs, earlier and later rotor.</summary>
    public (int Earlier, int Later)[] Pairs { get; }

    /// <summary>[E][<see cref="PairWidth"/>].</summary>
    public float[][] PairInputs { get; }

    /// <summary>[E][channels, rows of the later, rows of the earlier] of C.</summary>
    public float[][] PairSteps { get; }

    /// <summary>How far the proposal is from its target, as its draws see it.</summary>
    private static float[] OfAll(TorusDirections directions, int count)
    {
        double[] log = directions.LogWeights;
        double top = log.Max();
        if (double.IsNegativeInfinity(top))
            return [0, 0, 0, 0, 0, 0.1f * count];
        double[] w = [.. log.Select(l => Math.Exp(l - top))];
        double mean = w.Average(), half = w.Average(Math.Sqrt);
        double[] logs = [.. w.Select(v => Math.Log(0.01 + v / mean))];
        double average = logs.Average();
        return [Log((float)(mean * mean / w.Average(v => v * v))), Log((float)(half * half / mean)), (float)average,
            (float)Math.Sqrt(logs.Average(v => (v - average) * (v - average))),
            (float)w.Average(v => v < 0.01 * mean ? 1 : 0.0), 0.1f * count];
    }

    /// <summary>[channels, rows] some rows of a step: the mean of its halves; with [2 channels] its sizes, and how far the halves agree (a
    /// cosine).</summary>
    private static (float[] Step, float[] Sizes) Step(TorusDirections directions, int angle, int[] rows)
    {
        int channels = TorusDirections.Channels;
        float[] step = new float[channels * rows.Length], sizes = new float[2 * channels];
        for (int k = 0; k < channels; k++)
        {
            ReadOnlySpan<float> first = directions.Half(0, k, angle), second = directions.Half(1, k, angle);
            float dot = 0, a = 0, b = 0;
            for (int n = 0; n < rows.Length; n++)
            {
                (float x, float y) = (first[rows[n]], second[rows[n]]);
                step[k * rows.Length + n] = 0.5f * (x + y);
                (dot, a, b) = (dot + x * y, a + x * x, b + y * y);
            }
            (sizes[k], sizes[channels + k]) = (Log(0.25f * (a + b + 2 * dot)), dot / (1e-6f + MathF.Sqrt(a * b)));
        }
        return (step, sizes);
    }

    /// <summary>Multiplies each channel.</summary>
    private static void Shorten(float[] step, float[] shares)
    {
        int rows = step.Length / shares.Length;
        for (int n = 0; n < step.Length; n++)
            step[n] *= shares[n / rows];
    }

    private static float Log(float value) => MathF.Log(1e-3f + value);

    private static float Flag(bool value) => value ? 1 : 0;
}
