using System.Diagnostics;
using System.Globalization;
using MolSampling.Flows;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Presets;
using MolSampling.Flows.Splines;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using MolSampling.Jobs.Generators;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Cli.Benchmarks;

/// <summary>
/// A coupling spline flow of 60 dimensions, 8 layers, conditioners with two hidden layers of 256 and of 128, 8 bins with linear tails,
/// batches of 1024: the library's, and the same as flows are commonly written, in torch operations, with the spline, with the fused one,
/// and without any. A training step (forward Kullback-Leibler divergence on random data, Adam) and drawing samples, in turn; then the
/// generator of a molecule, and the spline alone.
/// </summary>
internal static class FlowsBenchmark
{
    private const int Dimensions = 60, Layers = 8, Bins = 8, Batch = 1024, Rounds = 15;
    private const double Bound = 5;

    private delegate (Tensor Y, Tensor LogDerivative) Spline(Tensor x, Tensor parameters, bool inverse);

    /// <summary>Runs it.</summary>
    /// <param name="table">Takes the rates, in samples a second.</param>
    public static void Run(BenchmarkTable table)
    {
        TorchRuntime.EnsureLoaded();
        int threads = get_num_threads();
        using DisposeScope scope = NewDisposeScope();
        foreach (int hidden in new[] { 256, 128 })
            Flow(table, hidden, threads);
        Molecule(table, threads);
        Alone(table, threads);
    }

    private static (Tensor Y, Tensor LogDerivative) Fused(Tensor x, Tensor parameters, bool inverse) => FusedSpline.Apply(x, parameters,
        SplineKind.LinearTails, -Bound, Bound, inverse);

    private static void Flow(BenchmarkTable table, int hidden, int threads)
    {
        random.manual_seed(1);
        using var slow = new CouplingFlow(hidden, InTorch);
        random.manual_seed(1);
        using var fused = new CouplingFlow(hidden, Fused);
        random.manual_seed(1);
        using var bare = new CouplingFlow(hidden, (x, p, _) => (x + p.sum(-1), p.sum(-1))); // the conditioners, and the least that uses all they give
        using var own = new LibraryFlow(hidden);
        Tensor data = randn(Batch, Dimensions);
        string system = string.Create(CultureInfo.InvariantCulture,
            $"{Dimensions} dimensions, {Layers} layers of {hidden} x 2, {Bins} bins");
        double[] steps = Medians([() => own.Step(), () => slow.Step(data), () => fused.Step(data), () => bare.Step(data)]);
        double[] draws = Medians([() => own.Draw(Batch), () => slow.Draw(Batch), () => fused.Draw(Batch), () => bare.Draw(Batch)]);
        string[] ways = ["the library's flow", "spline in torch operations", "fused spline", "no spline: conditioners alone"];
        for (int n = 0; n < ways.Length; n++)
            table.Add(system, $"training step, {ways[n]} ({Milliseconds(steps[n])})", Batch, threads, Batch / steps[n]);
        for (int n = 0; n < ways.Length; n++)
            table.Add(system, $"drawing, {ways[n]} ({Milliseconds(draws[n])})", Batch, threads, Batch / draws[n]);
        table.AddRatio($"training step, {hidden}: time in torch operations", "the library's", steps[1] / steps[0]);
        table.AddRatio($"training step, {hidden}: time of the library's", "conditioners alone in torch", steps[0] / steps[3]);
        table.AddRatio($"drawing, {hidden}: time in torch operations", "the library's", draws[1] / draws[0]);
    }

    /// <summary>The generator of alanine dipeptide, 53 real columns and 7 circles, on its own samples: how the couplings' map of real
    /// columns tells.</summary>
    private static void Molecule(BenchmarkTable table, int threads)
    {
        var target = (InternalCoordinateTarget)MolecularTargets.Create("aldp-ff96-obc1");
        using DisposeScope scope = NewDisposeScope();
        (string Name, GeneratorOptions Options)[] shapes =
            [("shift and scale", new(12, 8, Affine: true, Width: 128, Blocks: 1, MarginalBins: 64)),
            ("splines", new(12, 8, Affine: false, Width: 128, Blocks: 1, MarginalBins: 64))];
        using LibraryFlow affine = new(BoltzmannGenerator.Build(target, shapes[0].Options)), spline = new(BoltzmannGenerator.Build(target, shapes[1].Options));
        double[] times = Medians([affine.Step, spline.Step, () => affine.Draw(Batch), () => spline.Draw(Batch)]);
        for (int n = 0; n < times.Length; n++)
            table.Add("alanine dipeptide, 12 layers of 128 x 3",
                $"{(n < 2 ? "training step" : "drawing")}, {shapes[n % 2].Name} ({Milliseconds(times[n])})", Batch, threads,
                Batch / times[n]);
        table.AddRatio("molecule, training step: splines", "shift and scale", times[1] / times[0]);
    }

    private static void Alone(BenchmarkTable table, int threads)
    {
        const int elements = Batch * Dimensions / 2;
        int size = SplineShape.ParametersOf(SplineKind.LinearTails, Bins);
        Tensor x = randn(Batch, Dimensions / 2).requires_grad_(true), parameters = randn(Batch, Dimensions / 2, size).requires_grad_(true);
        void Once(Spline spline, bool gradient, bool inverse)
        {
            using DisposeScope inner = NewDisposeScope();
            using IDisposable mode = gradient ? enable_grad() : no_grad();
            (Tensor y, Tensor l) = spline(x, parameters, inverse);
            if (!gradient)
                return;
            (y.sum() + l.sum()).backward();
            x.grad = null;
            parameters.grad = null;
        }
        (string Name, Action Work)[] alone =
        [
            ("spline alone, forward, torch operations", () => Once(InTorch, false, false)),
            ("spline alone, forward, fused", () => Once(Fused, false, false)),
            ("spline alone, inverse, fused", () => Once(Fused, false, true)),
            ("spline alone, forward and backward, torch operations", () => Once(InTorch, true, false)),
            ("spline alone, forward and backward, fused", () => Once(Fused, true, false)),
            ("its bytes alone: parameters copied", () => parameters.detach().clone().Dispose()),
        ];
        double[] times = Medians([.. alone.Select(a => a.Work)], 40);
        for (int n = 0; n < alone.Length; n++)
            table.Add(string.Create(CultureInfo.InvariantCulture, $"{elements} elements"),
                string.Create(CultureInfo.InvariantCulture, $"{alone[n].Name} ({times[n] / elements * 1e9:f1} ns an element)"), Batch,
                    threads, elements / times[n]);
        table.AddRatio("spline alone, forward: time in torch operations", "fused", times[0] / times[1]);
        table.AddRatio("spline alone, forward and backward: time in torch operations", "fused", times[3] / times[4]);
        table.AddRatio("fused forward", "copying its parameters", times[1] / times[5]);
    }

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:f1} ms");

    /// <summary>Timed in turn, so that what else the machine does meets all alike.</summary>
    private static double[] Medians(Action[] works, int rounds = Rounds)
    {
        double[][] times = [.. works.Select(_ => new double[rounds])];
        for (int r = -3; r < rounds; r++)
            for (int n = 0; n < works.Length; n++)
            {
                var clock = Stopwatch.StartNew();
                works[n]();
                if (r >= 0)
                    times[n][r] = clock.Elapsed.TotalSeconds;
            }
        return [.. times.Select(t => t.Order().ElementAt(rounds / 2))];
    }

    /// <summary>The same spline as flows are commonly written.</summary>
    private static (Tensor Y, Tensor LogDerivative) InTorch(Tensor x, Tensor parameters, bool inverse)
    {
        const double least = SplineShape.Least;
        double offset = Math.Log(Math.Exp(1 - least) - 1);
        Tensor at = x.clamp(-Bound, Bound);
        Tensor widths = Parts(parameters.narrow(-1, 0, Bins)), heights = Parts(parameters.narrow(-1, Bins, Bins));
        Tensor inner = nn.functional.softplus(parameters.narrow(-1, 2 * Bins, Bins - 1) + offset) + least,
            one = ones_like(inner.narrow(-1, 0, 1));
        Tensor slopes = cat([one, inner, one], -1), ends = zeros_like(one);
        Tensor knots = cat([ends, widths.cumsum(-1)], -1) - Bound, values = cat([ends, heights.cumsum(-1)], -1) - Bound;
        Tensor bin = (at.unsqueeze(-1) >= (inverse ? values : knots).narrow(-1, 1, Bins - 1)).sum(-1, keepdim: true);
        Tensor Pick(Tensor t, int shift = 0) => t.gather(-1, bin + shift).squeeze(-1);
        Tensor w = Pick(widths), h = Pick(heights), s = h / w, d0 = Pick(slopes), d1 = Pick(slopes, 1), e = d0 + d1 - 2 * s, u;
        if (inverse)
        {
            Tensor v = (at - Pick(values)) / h, b = d0 - v * e;
            u = 2 * s * v / (b + (b.square() + 4 * (s - b) * s * v).clamp_min(0).sqrt());
        }
        else
            u = (at - Pick(knots)) / w;
        Tensor t = u * (1 - u), below = s + e * t;
        Tensor y = inverse ? Pick(knots) + w * u : Pick(values) + h * (s * u.square() + d0 * t) / below;
        Tensor l = 2 * s.log() + (d1 * u.square() + 2 * s * t + d0 * (1 - u).square()).log() - 2 * below.log();
        Tensor outside = x.abs() > Bound;
        return (where(outside, x, y), where(outside, zeros_like(l), inverse ? -l : l));
        static Tensor Parts(Tensor raw) => (least + (1 - least * Bins) * raw.softmax(-1)) * (2 * Bound);
    }

    /// <summary>What users have.</summary>
    private sealed class LibraryFlow : IDisposable
    {
        private readonly NormalizingFlow _flow;
        private readonly FixedSamples _samples;
        private readonly FlowTrainer _trainer;
        private long _draws;

        public LibraryFlow(int hidden) : this(Couplings(hidden))
        {
        }

        /// <summary>Learns its own first samples; owns the flow.</summary>
        public LibraryFlow(NormalizingFlow flow)
        {
            _flow = flow;
            using DisposeScope scope = NewDisposeScope();
            using (no_grad())
                _samples = new(_flow.Sample(16 * Batch, new RandomSource(1)).X);
            _trainer = new(_flow, new ForwardKl(_samples), new(1_000_000, Batch, 1e-4), new RandomSource(2));
        }

        public void Step() => _trainer.Run(_trainer.Progress.Step + 1);

        public void Draw(int count)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable mode = no_grad();
            _flow.Sample(count, new RandomSource(3).Split(_draws++));
        }

        public void Dispose()
        {
            _trainer.Dispose();
            _samples.Dispose();
            _flow.Dispose();
        }

        private static NormalizingFlow Couplings(int hidden)
        {
            var domain = Domain.Real(Dimensions);
            var flow = new NormalizingFlow(new StandardNormal(Dimensions), new Chain([.. Enumerable.Range(0, Layers).Select(n =>
                new Coupling(domain, [.. Enumerable.Range(n % 2 * Dimensions / 2, Dimensions / 2)], SplineTransformer.ForAll(Bins, Bound),
                    Mlp.Of(hidden, hidden)))]));
            flow.Initialize(new RandomSource(1));
            return flow;
        }
    }

    /// <summary>As flows are commonly written: halves in turn; every layer's conditioner reads the other half.</summary>
    private sealed class CouplingFlow : IDisposable
    {
        private const int Half = Dimensions / 2;

        private readonly nn.Module<Tensor, Tensor>[] _conditioners;
        private readonly optim.Optimizer _adam;
        private readonly Spline _spline;
        private readonly int _size = SplineShape.ParametersOf(SplineKind.LinearTails, Bins);

        public CouplingFlow(int hidden, Spline spline)
        {
            _spline = spline;
            _conditioners = [.. Enumerable.Range(0, Layers).Select(_ => nn.Sequential(nn.Linear(Half, hidden), nn.ReLU(),
                nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, Half * _size)))];
            _adam = optim.Adam(_conditioners.SelectMany(c => c.parameters()), 1e-4);
        }

        /// <summary>From data to the base, minus the mean log-density, backward, Adam.</summary>
        public void Step(Tensor data)
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor z, Tensor log) = Pass(data, false);
            Tensor loss = 0.5 * z.square().sum(-1).mean() - log.mean();
            _adam.zero_grad();
            loss.backward();
            _adam.step();
        }

        /// <summary>From the base to samples with their log-densities.</summary>
        public void Draw(int count)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable mode = no_grad();
            Pass(randn(count, Dimensions), true);
        }

        public void Dispose()
        {
            foreach (nn.Module<Tensor, Tensor> c in _conditioners)
                c.Dispose();
            _adam.Dispose();
        }

        private (Tensor Z, Tensor Log) Pass(Tensor x, bool inverse)
        {
            Tensor[] halves = x.chunk(2, 1);
            Tensor log = zeros(x.shape[0]);
            for (int n = 0; n < Layers; n++)
            {
                int layer = inverse ? Layers - 1 - n : n, moved = layer % 2;
                (halves[moved], Tensor l) = _spline(halves[moved], _conditioners[layer].call(halves[1 - moved]).view(-1, Half, _size),
                    inverse);
                log += l.sum(-1);
            }
            return (cat(halves, 1), log);
        }
    }
}
