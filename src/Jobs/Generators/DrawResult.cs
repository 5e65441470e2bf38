using MolSampling.Flows;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using Parquet;
using Parquet.Schema;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>Samples of a trained flow, weighed and judged.</summary>
public sealed class DrawResult
{
    // weights and energies, several times over; coordinates go to the file part by part
    private const double BytesOfSample = 4 * sizeof(double);
    private const int Part = 8192, ExactSamples = 20_000;

    private static readonly DataField s_sample = new DataField<int>("sample"), s_logQ = new DataField<double>("log_q"),
        s_logP = new DataField<double>("log_p"),
        s_logWeight = new DataField<double>("log_weight"), s_element = new DataField<float>("element");

    private static readonly DataField s_site = new DataField<float>("element");

    private static readonly Parquet.Schema.Field[] s_fields = [s_sample, s_logQ, s_logP, s_logWeight, new ListField("x", s_element)];
    private static readonly ParquetSchema s_schema = new(s_fields), s_crystalSchema = new([.. s_fields, new ListField("sites", s_site)]);

    private DrawResult(FlowEvaluation judgement, SampleComparison? comparison, long energyCalls, Observables drawn, Observables? target) =>
        (Judgement, Comparison, EnergyCalls, Drawn, Target) = (judgement, comparison, energyCalls, drawn, target);

    /// <summary>Of the samples, and of samples of the target where there are any.</summary>
    public FlowEvaluation Judgement { get; }

    /// <summary>With samples of the target; null without any.</summary>
    public SampleComparison? Comparison { get; }

    /// <summary>That drawing and judging took.</summary>
    public long EnergyCalls { get; }

    /// <summary>Of the samples.</summary>
    internal Observables Drawn { get; }

    /// <summary>Of samples of the target, if there are any.</summary>
    internal Observables? Target { get; }

    /// <summary>
    /// Draws and writes a Parquet file part by part: sample, log_q (of the flow), log_p (of the target, up to log Z), log_weight (their
    /// difference; -inf for samples that are not finite), x (the flow's coordinates), for crystals of rigid molecules sites ([S, 3] nm).
    /// Nothing is left behind if it does not come to its
    /// end.
    /// </summary>
    /// <param name="trained">The flow.</param>
    /// <param name="samples">How many.</param>
    /// <param name="seed">Of the samples.</param>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Throws.</param>
    public static async Task<DrawResult> Write(TrainedFlow trained, int samples, ulong seed, string path,
        Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (samples < 2)
            throw new ArgumentException($"At least two samples can be judged, not {samples}.");
        MachineMemory.Require($"{samples:n0} samples of {trained.Target.Dimension} coordinates", samples * BytesOfSample);
        RandomSource random = new RandomSource(seed).Split("draw");
        long before = trained.Target.EnergyCalls;
        using var file = new PendingFile(path);
        RigidBodyPotential? crystal = MolecularTargets.Crystal(trained.Target.Name)?.Potential;
        ParquetWriter writer = await ParquetWriter.CreateAsync(crystal is null ? s_schema : s_crystalSchema, file.Stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, cancellationToken: cancellation).ConfigureAwait(false);
        var reverse = new double[samples];
        var observed = new Observables(trained.Target, MolecularTargets.Molecule(trained.Config));
        long nonFinite = 0;
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = new Dictionary<string, string>
            {
                ["molsampling.version"] = Provenance.CurrentVersion,
                ["molsampling.target"] = trained.Target.Name,
                ["molsampling.fingerprint"] = trained.Target.Fingerprint(),
                ["molsampling.seed"] = seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["molsampling.trainedBy"] = trained.Version,
                ["molsampling.units"] = trained.Target.Units,
            };
            for (int start = 0, part = 0; start < samples; start += Part, part++)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(Part, samples - start);
                (float[] x, double[] logQ, double[] logP) = DrawPart(trained, count, random.Split(part), observed);
                for (int b = 0; b < count; b++)
                {
                    double weight = logP[b] - logQ[b];
                    bool legal = FlowEvaluation.IsLegal(logQ[b], logP[b]);
                    nonFinite += legal ? 0 : 1;
                    reverse[start + b] = legal ? weight : double.NegativeInfinity;
                }
                await WriteGroup(writer, start, x, logQ, logP, reverse.AsMemory(start, count), crystal).ConfigureAwait(false);
                progress?.Invoke(new("drawing", (double)(start + count) / samples));
            }
        }
        (Observables? target, double[]? forward) = AtTarget(trained, samples, random.Split("target"));
        var judged = FlowEvaluation.Of(reverse, nonFinite, forward);
        SampleComparison? comparison = target is null ? null : SampleComparison.Of(observed, judged.Reverse, target,
            random.Split("comparison"));
        file.Keep();
        return new(judged, comparison, trained.Target.EnergyCalls - before, observed, target);
    }

    private static (float[] X, double[] LogQ, double[] LogP) DrawPart(TrainedFlow trained, int count, RandomSource random,
        Observables observed)
    {
        using IDisposable constant = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        FlowSamples drawn = trained.Flow.Sample(count, random);
        torch.Tensor logP = trained.Target.LogDensity(drawn.X).to(torch.ScalarType.Float64);
        observed.Add(drawn.X, logP);
        return ([.. drawn.X.data<float>()], [.. drawn.LogDensity.data<double>()], [.. logP.data<double>()]);
    }

    /// <summary>Samples of the target, and their weights ln p - ln q.</summary>
    private static (Observables? Observed, double[]? LogWeights) AtTarget(TrainedFlow trained, int samples, RandomSource random)
    {
        using IDisposable constant = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor? all = trained.Target.Sample(Math.Min(samples, ExactSamples), random)?.to(torch.ScalarType.Float32) ?? trained.Held;
        if (all is null)
            return (null, null);
        var observed = new Observables(trained.Target, MolecularTargets.Molecule(trained.Config));
        var logWeights = new List<double>();
        for (long start = 0; start < all.shape[0]; start += Part)
        {
            using DisposeScope part = torch.NewDisposeScope();
            torch.Tensor x = all.narrow(0, start, Math.Min(Part, all.shape[0] - start)),
                logP = trained.Target.LogDensity(x).to(torch.ScalarType.Float64);
            observed.Add(x, logP);
            logWeights.AddRange((logP - trained.Flow.LogDensity(x).LogDensity).data<double>().ToArray());
        }
        return (observed, [.. logWeights]);
    }

    private static async Task WriteGroup(ParquetWriter writer, int start, float[] x, double[] logQ, double[] logP, Memory<double> logWeight,
        RigidBodyPotential? crystal)
    {
        int count = logQ.Length, width = x.Length / count;
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync<int>(s_sample, Enumerable.Range(start, count).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<double>(s_logQ, logQ).ConfigureAwait(false);
        await group.WriteAsync<double>(s_logP, logP).ConfigureAwait(false);
        await group.WriteAsync<double>(s_logWeight, logWeight.ToArray()).ConfigureAwait(false);
        await WriteLists(group, s_element, x, width).ConfigureAwait(false);
        if (crystal is not null)
            await WriteLists(group, s_site, Sites(crystal, x, width), crystal.Sites.Dimension).ConfigureAwait(false);
        group.CompleteValidate();
    }

    private static async Task WriteLists(ParquetRowGroupWriter group, DataField field, float[] numbers, int width)
    {
        int[] definitions = new int[numbers.Length], repetitions = new int[numbers.Length];
        Array.Fill(definitions, field.MaxDefinitionLevel);
        for (int k = 0; k < numbers.Length; k++)
            repetitions[k] = k % width == 0 ? 0 : 1;
        await group.WriteAllPartsAsync<float>(field, numbers, definitions, repetitions, default).ConfigureAwait(false);
    }

    /// <summary>Where the sites of each sample are, nm.</summary>
    private static float[] Sites(RigidBodyPotential crystal, float[] x, int width)
    {
        int size = crystal.Sites.Dimension;
        var all = new float[x.Length / width * size];
        double[] sites = new double[size], coordinates = new double[width];
        for (int b = 0; b < x.Length / width; b++)
        {
            for (int k = 0; k < width; k++)
                coordinates[k] = x[b * width + k];
            crystal.PlaceSites(coordinates, sites);
            for (int k = 0; k < size; k++)
                all[b * size + k] = (float)sites[k];
        }
        return all;
    }
}
