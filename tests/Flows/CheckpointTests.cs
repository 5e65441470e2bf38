using System.Text;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Storage;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flow-checkpoints").FullName;

    static CheckpointTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, true);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static NormalizingFlow Flow(int hidden = 24) => new(new StandardNormal(6), new Chain(
        new Coupling(Domain.Real(6), [0, 1, 2], SplineTransformer.ForAll(), Mlp.Of(hidden)), new LinearMixing(6),
        new Coupling(Domain.Real(6), [3, 4, 5], SplineTransformer.ForAll(), ResidualMlp.Of(hidden, 1))));

    private static void Train(NormalizingFlow flow, Adam adam, RandomSource random, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor x, Tensor logDensity, _) = flow.Sample(128, random.Split(step));
            adam.LearningRate = 1e-2 / (1 + step);
            adam.Step((logDensity + (x - 1).square().sum(1).to(ScalarType.Float64)).mean(), 5);
        }
    }

    [Fact]
    public void Twenty_steps_are_ten_and_ten_more_to_the_bit()
    {
        var random = new RandomSource(5);
        using NormalizingFlow whole = Flow();
        whole.Initialize(random.Split("weights"));
        using var adam = new Adam(whole);
        Train(whole, adam, random, 0, 10);
        TrainingCheckpoint.Write(PathOf("10"), whole, adam, new(10, 1280), random);
        Train(whole, adam, random, 10, 20);
        TrainingCheckpoint.Write(PathOf("20"), whole, adam, new(20, 2560), random);

        using NormalizingFlow second = Flow();
        using var secondAdam = new Adam(second);
        TrainingProgress progress = TrainingCheckpoint.Read(PathOf("10"), second, secondAdam, random);
        Assert.Equal(new(10, 1280), progress);
        Train(second, secondAdam, random, 10, 20);
        TrainingCheckpoint.Write(PathOf("20 resumed"), second, secondAdam, new(20, 2560), random);
        Assert.Equal(File.ReadAllBytes(PathOf("20")), File.ReadAllBytes(PathOf("20 resumed")));

        // power: without the optimiser's moments it is another training
        using NormalizingFlow third = Flow();
        TrainingCheckpoint.Read(PathOf("10"), third);
        using var fresh = new Adam(third);
        Train(third, fresh, random, 10, 20);
        TrainingCheckpoint.Write(PathOf("20 fresh"), third, fresh, new(20, 2560), random);
        Assert.NotEqual(File.ReadAllBytes(PathOf("20")), File.ReadAllBytes(PathOf("20 fresh")));
        Assert.Empty(Directory.GetFiles(_folder, "*.part"));
    }

    [Fact]
    public void A_checkpoint_of_something_else_is_refused_and_changes_nothing()
    {
        var random = new RandomSource(5);
        using NormalizingFlow flow = Flow(), wide = Flow(32);
        using var other = new Elementwise(Domain.Real(6), AffineTransformer.For);
        using Adam adam = new(flow), wideAdam = new(wide);
        flow.Initialize(random);
        TrainingCheckpoint.Write(PathOf("flow"), flow, adam, new(1, 2), random);
        TrainingCheckpoint.Write(PathOf("weights"), flow);
        double before = wide.Weights.Sum(w => w.Value.abs().sum().item<float>());
        string Refusal(Action read)
        {
            string message = Assert.Throws<InvalidDataException>(read).Message;
            Assert.Contains(_folder, message, StringComparison.Ordinal);
            return message;
        }
        string shapes = Refusal(() => TrainingCheckpoint.Read(PathOf("flow"), wide, wideAdam, random));
        Assert.Contains("bijection.0.conditioner.0.weight: Float32 [24, 3] where the model has Float32 [32, 3]", shapes,
            StringComparison.Ordinal);
        Assert.Contains("no such tensor", Refusal(() => TrainingCheckpoint.Read(PathOf("flow"), other)), StringComparison.Ordinal);
        Assert.Contains("random stream", Refusal(() => TrainingCheckpoint.Read(PathOf("flow"), flow, adam, new RandomSource(6))),
            StringComparison.Ordinal);
        Assert.Contains("not the checkpoint of a training", Refusal(() => TrainingCheckpoint.Read(PathOf("weights"), flow, adam, random)),
            StringComparison.Ordinal);
        Assert.Equal(before, wide.Weights.Sum(w => w.Value.abs().sum().item<float>()));
        flow.To(ScalarType.Float64);
        Assert.Contains("Float64", Refusal(() => TrainingCheckpoint.Read(PathOf("weights"), flow)), StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_come_back_and_broken_files_name_what_is_broken()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = new()
        {
            ["a"] = tensor(new[] { 1f, float.NaN, float.NegativeInfinity }), ["empty"] = zeros(0, 3), ["scalar"] = tensor(2.5),
            ["view"] = arange(6, dtype: ScalarType.Int64).reshape(2, 3).t(),
        };
        SafeTensors.Write(PathOf("good"), tensors, new Dictionary<string, string> { ["who"] = "\"quoted\"" });
        (Dictionary<string, Tensor> read, Dictionary<string, string> metadata) = SafeTensors.Read(PathOf("good"));
        Assert.Equal("\"quoted\"", metadata["who"]);
        foreach ((string name, Tensor value) in tensors)
        {
            Assert.Equal((value.dtype, value.numel()), (read[name].dtype, read[name].numel()));
            Assert.Equal(value.shape, read[name].shape);
            Assert.Equal(value.contiguous().bytes.ToArray(), read[name].bytes.ToArray());
        }
        byte[] good = File.ReadAllBytes(PathOf("good"));
        Assert.Equal(0, BitConverter.ToInt64(good) % 8);
        string Broken(byte[] bytes)
        {
            File.WriteAllBytes(PathOf("broken"), bytes);
            string message = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(PathOf("broken"))).Message;
            Assert.StartsWith(PathOf("broken"), message, StringComparison.Ordinal);
            return message;
        }
        byte[] Edited(string from, string to) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(good).Replace(from, to,
            StringComparison.Ordinal));
        Assert.Contains("view", Broken(good[..^8]), StringComparison.Ordinal);
        Assert.Contains("header", Broken(good[..20]), StringComparison.Ordinal);
        Assert.Contains("header", Broken(good[..3]), StringComparison.Ordinal);
        Assert.Contains("header of", Broken([.. BitConverter.GetBytes(long.MaxValue), .. good[8..]]), StringComparison.Ordinal);
        Assert.Contains("a: type F31", Broken(Edited("F32", "F31")), StringComparison.Ordinal);
        Assert.Contains("a: offsets", Broken(Edited("\"shape\":[3]", "\"shape\":[4]")), StringComparison.Ordinal);
        Assert.Contains("a: ", Broken(Edited("\"dtype\":\"F32\"", "\"dtypo\":\"F32\"")), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(PathOf("bool"), new Dictionary<string, Tensor> { ["b"] = tensor(true) }));
        Assert.False(File.Exists(PathOf("bool")));
    }
}
