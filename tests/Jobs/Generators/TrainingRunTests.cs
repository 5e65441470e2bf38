using MolSampling.Flows.Storage;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Running;
using MolSampling.Sampling.Diagnostics;
using Parquet;
using TorchSharp;

namespace MolSampling.Tests.Jobs.Generators;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TrainingRunTests(ITestOutputHelper output) : IDisposable
{
    private const string Small = """
        {
          "target": "manywell-32", // comments pass
          "flow": { "layers": 2, "bins": 4, "hidden": [16] },
          "chains": { "walkers": 8, "rungs": 2, "leapfrog": 1, "adaptation": 4 },
          "stages": [ { "objective": "forward-kl", "source": "exact", "steps": 20, "batch": 64 }, { "objective": "two-sided", "source": "chains", "steps": 20, "batch": 16, "pathShare": 0.5 } ],
          "judgeEvery": 10, "judgeSamples": 64
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-train-run-").FullName;

    static TrainingRunTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, true);

    private string At(string name) => Path.Combine(_folder, name);

    private static TrainingConfig Config => TrainingConfig.Parse(Small, "small.json");

    private string Train(string name, TrainingConfig? config = null)
    {
        using TrainingRun run = TrainingRun.Start(config ?? Config, At(name));
        Assert.Equal(TrainingEnd.Done, run.Run());
        return At(name);
    }

    /// <summary>Rows without the seconds.</summary>
    private static string[] Metrics(string folder) => [.. File.ReadAllLines(Path.Combine(folder, "metrics.csv")).Select(l =>
        string.Join(',', l.Split(',').Where((_, k) => k != 7)))];

    [Fact]
    public void A_training_stopped_anywhere_ends_with_the_bytes_of_one_that_was_not()
    {
        string whole = Train("whole");
        foreach (int stop in new[] { 4, 10, 22, 36 })
        {
            string folder = At($"stopped-{stop}");
            using (TrainingRun run = TrainingRun.Start(Config, folder))
            {
                using var source = new CancellationTokenSource();
                void Stop(TaskProgress p)
                {
                    if (Math.Round(p.Fraction * 40) == stop)
                        source.Cancel();
                }
                Assert.Equal(TrainingEnd.Stopped, run.Run(Stop, source.Token));
            }
            // what a kill may leave: a row behind the checkpoint, and half of another
            File.AppendAllText(Path.Combine(folder, "metrics.csv"), "38,two-sided,1,1,1,1,0,1.0,0.99,0.99,1,1,1000,1000.1,0\n40,two-si");
            using (TrainingRun again = TrainingRun.Resume(folder))
                Assert.Equal(TrainingEnd.Done, again.Run());
            foreach (string file in new[] { "model.safetensors", "checkpoint.safetensors" })
                Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(folder, file)));
            Assert.Equal(Metrics(whole), Metrics(folder));
        }
    }

    [Fact]
    public void A_mixture_starts_at_samples_of_tempered_chains_and_is_read_without_them()
    {
        TrainingConfig config = TrainingConfig.Parse("""
            {
              "target": "gmm40",
              "flow": { "base": "mixture", "components": 50, "layers": 2, "bins": 4, "hidden": [8], "marginalBins": 4, "tailBound": 3, "scale": 20 },
              "data": { "source": "tempered", "samples": 1280, "walkers": 128, "burnIn": 200, "stride": 5, "leapfrog": 3 },
              "chains": { "walkers": 64, "rungs": 10, "hottest": 0.003 },
              "stages": [ { "objective": "forward-kl", "source": "chains", "steps": 40, "batch": 64 } ],
              "judgeEvery": 20, "judgeSamples": 2000
            }
            """, "mixture.json");
        string whole = At("whole"), folder = At("stopped");
        using (TrainingRun counted = TrainingRun.Start(config, whole))
        {
            Assert.Equal(TrainingEnd.Done, counted.Run());
            Assert.Equal(counted.Target.EnergyCalls, counted.EnergyCalls);
        }
        using (TrainingRun run = TrainingRun.Start(config, folder))
        {
            using var source = new CancellationTokenSource();
            Assert.Equal(TrainingEnd.Stopped, run.Run(p => { if (p.Stage == "training" && p.Fraction > 0.6) source.Cancel(); },
                source.Token));
        }
        using (TrainingRun again = TrainingRun.Resume(folder))
        {
            Assert.Equal(TrainingEnd.Done, again.Run());
            // a Gaussian base begins with an effective fraction of some percent
            Assert.True(again.Figures!.ForwardEss > 0.4 && again.Figures.ReverseEss > 0.4, $"{again.Figures}");
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        using TrainedFlow trained = TrainedFlow.Open(folder);
        Assert.Equal(50, Assert.IsType<MolSampling.Flows.Distributions.GaussianMixture>(trained.Flow.Base).Components);
    }

    [Fact]
    public void Every_energy_is_counted()
    {
        using TrainingRun run = TrainingRun.Start(Config, At("run"));
        run.Run();
        Assert.Equal(run.Target.EnergyCalls, run.EnergyCalls);
        Assert.Equal(run.EnergyCalls, TrainingMetrics.Read(Path.Combine(At("run"), "metrics.csv"))[^1].EnergyCalls);
    }

    [Fact]
    public void An_energy_cap_tames_what_objectives_take_and_counts_every_energy()
    {
        // energies of gmm40 are positive everywhere that a new flow goes
        string[] objectives = ["reverse-kl", "two-sided", "trust-region", "constrained-transport", "alpha-2", "log-variance", "fab"];
        foreach (string objective in objectives)
        {
            StageConfig stage = Config.Stages[0] with { Objective = objective, Steps = 2, RoundDraws = 128, RoundSteps = 1,
                PathShare = 0.5 };
            byte[] Weights(double cap, string name)
            {
                using TrainingRun run = TrainingRun.Start(Config with { Target = "gmm40", Stages = [stage with { EnergyCap = cap }] }, At($"{objective}-{name}"));
                Assert.Equal(TrainingEnd.Done, run.Run());
                Assert.Equal(run.Target.EnergyCalls, run.EnergyCalls);
                using FileStream file = File.OpenRead(Path.Combine(At($"{objective}-{name}"), "checkpoint.safetensors"));
                return System.Security.Cryptography.SHA256.HashData(file);
            }
            byte[] plain = Weights(0, "plain");
            Assert.Equal(plain, Weights(1e12, "high"));
            Assert.NotEqual(plain, Weights(1e-3, "low"));
        }
    }

    [Fact]
    public void The_entropy_of_a_coordinate_spreads_it_and_nothing_else_has_to()
    {
        // a column is driven apart by its entropy alone: the loss beside it has no weight to speak of
        double Spread(double weight)
        {
            StageConfig stage = Config.Stages[0] with { Steps = 60, LearningRate = 3e-3, Entropy = new() { Coordinate = "3",
                Weight = weight, Bandwidth = 0.2 } };
            string folder = Train($"entropy-{weight}", Config with { Stages = [stage], JudgeEvery = 60 });
            using TrainedFlow trained = TrainedFlow.Open(folder);
            using IDisposable constant = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            return trained.Flow.Sample(4000, new MolSampling.Sampling.RandomSource(2)).X.select(1, 3).std().item<float>();
        }
        double without = Spread(0), with = Spread(30);
        output.WriteLine($"{without:f3}, {with:f3}");
        Assert.True(with > 1.2 * without);
    }

    [Fact]
    public void Backbone_angles_are_coordinates_whose_entropy_has_a_gradient()
    {
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", "aldp-ff96-obc1"));
        var config = trained.Config with { Stages = [trained.Config.Stages[0] with { Objective = "reverse-kl",
            Entropy = new() { Coordinate = "phi ALA 2" } }] };
        using var factory = new StageFactory(config, trained.Target, null);
        using DisposeScope scope = torch.NewDisposeScope();
        MolSampling.Flows.Training.ObjectiveValue plain =
            factory.Create(config.Stages[0] with { Entropy = null }).Objective.Evaluate(trained.Flow, 64, new(3)),
            value = factory.Create(config.Stages[0]).Objective.Evaluate(trained.Flow, 64, new(3));
        Assert.Equal(plain.EnergyCalls, value.EnergyCalls);
        value.Loss.backward();
        torch.Tensor[] gradients = [.. trained.Flow.Weights.Select(w => w.Value.grad).Where(g => g is not null).Select(g => g!)];
        Assert.All(gradients, g => Assert.True(torch.isfinite(g).all().item<bool>()));
        Assert.True(gradients.Sum(g => g.abs().sum().item<float>()) > 0);
        string message = Assert.Throws<ArgumentException>(() =>
            factory.Create(config.Stages[0] with { Entropy = new() { Coordinate = "chi" } })).Message;
        Assert.Contains("there are phi ALA 2, psi ALA 2.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_and_a_lack_of_progress_end_it()
    {
        using (TrainingRun run = TrainingRun.Start(Config with { Budget = 1000 }, At("budget")))
        {
            Assert.Equal(TrainingEnd.BudgetSpent, run.Run());
            Assert.InRange(run.EnergyCalls, 1000, 2000);
        }
        // a learning rate that destroys the flow
        TrainingConfig wild = Config with { Patience = 2, JudgeEvery = 2,
            Stages = [Config.Stages[0] with { Steps = 400, LearningRate = 3, LargestNorm = 1e9 }] };
        using TrainingRun hopeless = TrainingRun.Start(wild, At("hopeless"));
        Assert.Equal(TrainingEnd.NoBetter, hopeless.Run());
        Assert.True(TrainingMetrics.Read(Path.Combine(At("hopeless"), "metrics.csv"))[^1].Step < 400);
    }

    [Fact]
    public async Task What_is_drawn_is_weighed_counted_reproducible_and_readable()
    {
        string folder = Train("flow");
        using TrainedFlow trained = TrainedFlow.Open(folder);
        DrawResult drawn = await DrawResult.Write(trained, 10_000, 5, At("a.parquet")), again = await DrawResult.Write(trained, 10_000, 5,
            At("b.parquet"));
        Assert.Equal(File.ReadAllBytes(At("a.parquet")), File.ReadAllBytes(At("b.parquet")));
        Assert.Equal(10_000 + drawn.Judgement.Forward!.Count, drawn.EnergyCalls);
        using FileStream file = File.OpenRead(At("a.parquet"));
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        Assert.Equal(trained.Target.Fingerprint(), reader.CustomMetadata["molsampling.fingerprint"]);
        Assert.Equal(["sample", "log_q", "log_p", "log_weight", "element"], reader.Schema.GetDataFields().Select(f => f.Name));
        long rows = 0;
        var weights = new List<double>();
        for (int g = 0; g < reader.RowGroupCount; g++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
            double[] weight = new double[group.RowCount];
            await group.ReadAsync<double>(reader.Schema.GetDataFields()[3], weight.AsMemory());
            weights.AddRange(weight);
            rows += group.RowCount;
        }
        Assert.Equal(10_000, rows);
        Assert.Equal(drawn.Judgement.Reverse.LogMean, new ImportanceWeights([.. weights]).LogMean);
        Assert.Equal(drawn.Judgement.Reverse.LogMean, again.Judgement.Reverse.LogMean);
    }

    [Fact]
    public void Weights_for_another_Hamiltonian_are_refused()
    {
        string folder = Train("flow");
        string model = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(model);
        string fingerprint = SafeTensors.Read(model).Metadata["fingerprint"];
        int place = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(fingerprint));
        bytes[place] = (byte)(bytes[place] == 'a' ? 'b' : 'a');
        File.WriteAllBytes(model, bytes);
        string message = Assert.Throws<InvalidDataException>(() => TrainedFlow.Open(folder)).Message;
        Assert.Contains("another Hamiltonian", message, StringComparison.Ordinal);
        File.WriteAllBytes(model, bytes[..^10]);
        Assert.Contains("model.safetensors", Assert.Throws<InvalidDataException>(() => TrainedFlow.Open(folder)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"target\": \"manywell-32\"", "\"target\": \"manywell\"", "No molecular target 'manywell'")]
    [InlineData("\"steps\": 20", "\"stepps\": 20", "small.json, line 5: The JSON property 'stepps' is not a key of a training")]
    [InlineData("\"two-sided\"", "\"three-sided\"", "No objective 'three-sided': there are forward-kl")]
    [InlineData("\"source\": \"exact\"", "\"source\": \"data\"", "'data' says from nowhere")]
    [InlineData("\"layers\": 2", "\"kind\": \"internal\"", "does not fit manywell-32")]
    [InlineData("\"layers\": 2", "\"base\": \"gaussians\"", "No base 'gaussians': there are normal, mixture, column-mixtures")]
    [InlineData("\"manywell-32\", // comments pass\n  \"flow\": { ", "\"dw4\", \"flow\": { \"base\": \"mixture\", ",
        "has its own base, not 'mixture'")]
    [InlineData("\"judgeEvery\": 10", "\"judgeEvery\": 0", "judges at least two")]
    [InlineData("\"steps\": 20", "\"entropy\": { \"coordinate\": \"32\" }, \"steps\": 20",
        "manywell-32 has no coordinate '32': columns are 0 to 31")]
    [InlineData("\"steps\": 20", "\"entropy\": { \"weight\": 1 }, \"steps\": 20", "coordinate")]
    public void Bad_settings_are_one_line_that_names_them(string right, string wrong, string message)
    {
        Exception e = Assert.ThrowsAny<Exception>(() =>
        {
            using TrainingRun run = TrainingRun.Start(TrainingConfig.Parse(Small.Replace(right, wrong, StringComparison.Ordinal), "small.json"), At("bad"));
            run.Run();
        });
        Assert.True(e is ArgumentException or MoleculeFormatException, $"{e}");
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_in_use_is_left_alone_and_an_empty_one_has_nothing_to_resume()
    {
        string folder = Train("flow");
        string before = File.ReadAllText(Path.Combine(folder, "metrics.csv"));
        Assert.Contains("--resume", Assert.Throws<ArgumentException>(() => TrainingRun.Start(Config, folder)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(folder, "metrics.csv")));
        Assert.Throws<DirectoryNotFoundException>(() => TrainingRun.Resume(At("nothing")));
        // two processes at once
        using TrainingRun resumed = TrainingRun.Resume(folder);
        using (new FileStream(Path.Combine(folder, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("another process", Assert.Throws<IOException>(() => resumed.Run()).Message, StringComparison.Ordinal);
        using TrainingRun late = TrainingRun.Start(Config, At("late"));
        File.Copy(Path.Combine(folder, "checkpoint.safetensors"), Path.Combine(At("late"), "checkpoint.safetensors"));
        Assert.Contains("another process", Assert.Throws<IOException>(() => late.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_name_has_usual_settings_that_are_sound()
    {
        foreach (string name in MolSampling.Jobs.Generators.MolecularTargets.Names.Where(n =>
            !n.StartsWith("harmonic", StringComparison.Ordinal)))
        {
            TrainingConfig config = UsualTraining.For(name);
            Assert.Equal(name, config.Target);
            Assert.Equal(config.ToJson(), TrainingConfig.Parse(config.ToJson(), name).ToJson());
        }
    }

    /// <summary>Weights that come with the project: they are for this program's targets, and worth what docs say.</summary>
    [Theory]
    [InlineData("manywell-32", 0.95, 0.05)]
    [InlineData("gmm40", 0.99, 0.02)]
    [InlineData("aldp-ff96-obc1", 0.85, 1)]
    public async Task Weights_in_data_draw_at_once(string name, double leastFraction, double largestGap)
    {
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", name));
        DrawResult drawn = await DrawResult.Write(trained, 8192, 3, At("samples.parquet"));
        Assert.Equal(name, trained.Target.Name);
        Assert.Equal(0, drawn.Judgement.NonFinite);
        Assert.True(drawn.Judgement.Reverse.EffectiveFraction > leastFraction, $"{drawn.Judgement.Reverse.EffectiveFraction}");
        Assert.True(drawn.Judgement.Forward!.EffectiveFraction.Value > leastFraction, $"{drawn.Judgement.Forward.EffectiveFraction}");
        Assert.InRange(drawn.Judgement.Bounds!.Gap.Value, 0, largestGap);
        if (trained.Target.LogZ is { } exact) // false alarm 1e-5
            Assert.True(Math.Abs(drawn.Judgement.Reverse.LogMean.Value - exact) < 4.5 * drawn.Judgement.Reverse.LogMean.StandardError);
    }

    [Fact]
    public void The_shipped_flow_of_sixteen_wells_has_the_weight_of_every_well()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", "manywell-32"));
        MolSampling.Flows.FlowSamples drawn = trained.Flow.Sample(40_000, new MolSampling.Sampling.RandomSource(11));
        torch.Tensor weights = torch.softmax(trained.Target.LogDensity(drawn.X) - drawn.LogDensity, 0),
            right = (drawn.X > 0).to(torch.ScalarType.Float64);
        torch.Tensor shares = (weights.unsqueeze(1) * right).sum([0L]),
            errors = (weights.unsqueeze(1) * (right - shares)).square().sum([0L]).sqrt();
        double[] share = [.. shares.data<double>()], error = [.. errors.data<double>()];
        double[] z = [.. Enumerable.Range(0, 16).Select(k => (share[2 * k] - 0.844307096) / error[2 * k])];
        output.WriteLine($"{Enumerable.Range(0, 16).Min(k => share[2 * k]):f4} to {Enumerable.Range(0, 16).Max(k => share[2 * k]):f4} ± {error[0]:f4}");
        Assert.All(z, one => Assert.True(Math.Abs(one) < 5, $"{one}")); // of sixteen: false alarm 1e-5
        Assert.True(z.Max(Math.Abs) * error[0] < 0.02 && error[0] < 0.004); // the power to see a share of 0.82
    }

    [Fact]
    public void The_shipped_flow_of_forty_Gaussians_has_all_of_them()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", "gmm40"));
        MolSampling.Flows.FlowSamples drawn = trained.Flow.Sample(40_000, new MolSampling.Sampling.RandomSource(12));
        torch.Tensor weights = torch.softmax(trained.Target.LogDensity(drawn.X) - drawn.LogDensity, 0),
            means = torch.tensor([.. trained.Target.Modes.SelectMany(m => m)], [40, 2]);
        long[] Nearest(torch.Tensor x) => [.. (x.to(torch.ScalarType.Float64).unsqueeze(1) - means).square().sum(2).argmin(1).data<long>()];
        double[] w = [.. weights.data<double>()], share = new double[40], exact = new double[40], variance = new double[40];
        long[] mode = Nearest(drawn.X);
        for (int b = 0; b < w.Length; b++)
            share[mode[b]] += w[b];
        for (int b = 0; b < w.Length; b++)
            for (int k = 0; k < 40; k++)
                variance[k] += Math.Pow(w[b] * ((mode[b] == k ? 1 : 0) - share[k]), 2);
        // cells of nearest means cut neighbours that overlap: their shares from exact draws
        const int draws = 400_000;
        foreach (long k in Nearest(trained.Target.Sample(draws, new MolSampling.Sampling.RandomSource(13))!))
            exact[k] += 1.0 / draws;
        output.WriteLine($"{share.Min():f4} to {share.Max():f4} ± {Math.Sqrt(variance.Max()):f4}");
        for (int k = 0; k < 40; k++)
            // of forty: false alarm 2e-5
            Assert.True(Math.Abs(share[k] - exact[k]) < 5 * Math.Sqrt(variance[k] + exact[k] / draws),
                $"mode {k}: {share[k]:f4}, {exact[k]:f4}");
        Assert.True(share.Min() > 0.01);
    }
}
