using MolSampling.Flows.Bijections;
using MolSampling.Flows.Continuous;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>One table: a new bijection joins by a line.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class BijectionTests
{
    private static readonly Axis s_circle = Axis.Circle(), s_interval = Axis.Interval(0.1, 2.5);

    /// <summary>Two real axes, two intervals, two circles.</summary>
    private static readonly Domain s_mixed = new([Axis.Real, s_circle, s_interval, Axis.Real, Axis.Circle(0, 3), s_interval]);

    /// <summary>Two places and two orientations.</summary>
    private static readonly Domain s_poses = new([Axis.Real, s_circle, Axis.Circle(0, 3), Axis.Real, .. Domain.OfQuaternions(), s_circle,
        .. Domain.OfQuaternions()]);

    // away from the table's points, whose numbers are round: where an angle means nothing the map has no Jacobian
    private static readonly double[] s_frame = [0.36, -0.48, 0.64, 0.48];

    private static readonly Domain s_backwards = new(s_mixed.Reverse());

    private static readonly ConditionerFactory s_net = Mlp.Of(16), s_residual = ResidualMlp.Of(16, 1);

    private static readonly Dictionary<string, Func<Bijection>> s_table = new()
    {
        ["permutation"] = () => Permutation.Shuffle(s_mixed, new RandomSource(2)),
        ["reverse"] = () => Permutation.Reverse(s_mixed),
        ["scale and shift"] = () => new ScaleShift(s_mixed, [2, -0.5, -3, 1e-2, 1, 0.25], [1, 0.3, -2, 0, -1, 5]),
        ["between"] = () => ScaleShift.Between(s_mixed, new([Axis.Real, Axis.Circle(0, 1), Axis.Interval(-1, 1), Axis.Real, s_circle,
            Axis.Interval(0, 1)])),
        ["circle turn"] = () => new CircleTurn(new([s_circle, Axis.Circle(0, 3), s_circle]), [0.3, -4, 3.1]),
        ["linear mixing"] = () => new LinearMixing(5),
        ["whitening"] = WhiteningOfSamples,
        ["elementwise affine"] = () => new Elementwise(Domain.Real(4), AffineTransformer.For),
        ["elementwise spline"] = () => new Elementwise(s_mixed, SplineTransformer.ForAll()),
        ["elementwise smooth"] = () => new Elementwise(s_mixed, SmoothTransformer.ForAll()),
        ["smooth coupling"] = () => new Coupling(s_mixed, [1, 2, 3], SmoothTransformer.ForAll(5), s_net),
        ["autoregressive smooth"] = () => new Autoregressive(new([Axis.Real, s_circle, s_interval]), SmoothTransformer.ForAll(3), [9]),
        ["affine coupling"] = () => new Coupling(Domain.Real(5), [0, 3], AffineTransformer.For, s_net),
        ["spline coupling, tails"] = () => new Coupling(Domain.Real(5), [4, 1, 2], SplineTransformer.ForAll(), s_residual),
        ["spline coupling, intervals"] = () => new Coupling(Domain.Of(s_interval, 4), [1, 3], SplineTransformer.ForAll(5), s_net),
        ["spline coupling, circles"] = () => new Coupling(Domain.Of(s_circle, 4), [0, 1], SplineTransformer.ForAll(6), s_net),
        ["spline coupling, mixed"] = () => new Coupling(s_mixed, [1, 2, 3], SplineTransformer.ForAll(), s_net),
        ["spline coupling, reference"] = () => new Coupling(s_mixed, [1, 2, 3], SplineTransformer.ForAll(fused: false), s_net),
        ["spline coupling, conditional"] = () => new Coupling(s_mixed, [5, 4, 0], SplineTransformer.ForAll(), s_net, conditionSize: 2),
        ["all active, conditional"] = () => new Coupling(s_mixed, [0, 1, 2, 3, 4, 5], SplineTransformer.ForAll(), s_net, conditionSize: 3),
        ["autoregressive affine"] = () => new Autoregressive(Domain.Real(4), AffineTransformer.For, [16]),
        ["autoregressive spline"] = () => new Autoregressive(s_mixed, SplineTransformer.ForAll(), [18, 18]),
        ["autoregressive, reference"] = () => new Autoregressive(s_mixed, SplineTransformer.ForAll(fused: false), [18]),
        ["autoregressive, conditional"] = () => new Autoregressive(s_mixed, SplineTransformer.ForAll(), [18], conditionSize: 2),
        ["inverted"] = () => new Inverted(new Autoregressive(Domain.Real(3), AffineTransformer.For, [12])),
        ["on columns"] = () => new OnColumns(s_mixed, [4, 1], ScaleShift.Between(new([Axis.Circle(0, 3), s_circle]),
            Domain.Of(Axis.Circle(0, 1), 2))),
        ["projective map"] = () => new ProjectiveMap(Domain.OfQuaternions(2)),
        ["projective coupling"] = () => new ProjectiveMap(s_poses, [4], s_net),
        ["projective coupling, conditional"] = () => new ProjectiveMap(s_poses, [4, 9], s_net, conditionSize: 2),
        ["spline coupling beside orientations"] = () => new Coupling(s_poses, [0, 8], SplineTransformer.ForAll(5), s_net),
        ["permutation of orientations"] = () => new Permutation(s_poses, [8, 4, 5, 6, 7, 0, 9, 10, 11, 12, 1, 2, 3]),
        ["Euler's angles, splines"] = () => new OnEulerAngles(new Elementwise(OnEulerAngles.Angles, SplineTransformer.ForAll(6)),
            s_frame),
        ["Euler's angles, conditional"] = () => new OnEulerAngles(new Coupling(OnEulerAngles.Angles, [1], SplineTransformer.ForAll(6),
            s_net, conditionSize: 2), s_frame),
        // round trip and Jacobian hold to the solver's tolerance; slowed, since the contract solves hundreds of times
        ["continuous, perceptron"] = () => new ContinuousFlow(new Slowed(new MlpField(2, 6)), new DormandPrince(1e-12)),
        ["chain"] = () => new Chain(
            new Coupling(s_mixed, [0, 1, 2], SplineTransformer.ForAll(), s_net, 2), Permutation.Reverse(s_mixed),
            new Coupling(s_backwards, [0, 1, 2], SplineTransformer.ForAll(), s_net, 2), Permutation.Reverse(s_backwards),
            new Elementwise(s_mixed, SplineTransformer.ForAll())),
    };

    public static TheoryData<string> Names => [.. s_table.Keys];

    static BijectionTests() => TorchRuntime.EnsureLoaded();

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Keeps_the_contract(string name)
    {
        if (name.StartsWith("continuous", StringComparison.Ordinal))
            SlowTests.Require(); // hundreds of solutions with gradients; a shorter check runs always, in ContinuousFlowTests
        List<string> failures = new BijectionContract(s_table[name]).Failures();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Leaves_no_tensor_behind(string name)
    {
        void Once()
        {
            using Bijection map = s_table[name]();
            map.Initialize(new RandomSource(1));
            using DisposeScope scope = NewDisposeScope();
            using Tensor x = BijectionContract.Points(map.Domain, ScalarType.Float32);
            using Tensor? condition = map.ConditionSize > 0 ? zeros(x.shape[0], map.ConditionSize) : null;
            (Tensor y, Tensor logDet) = map.Forward(x, condition);
            (Tensor z, Tensor again) = map.Inverse(y, condition);
            Assert.Equal(x.shape, z.shape);
            (logDet.sum() + again.sum()).Dispose();
        }
        Once();
        GC.Collect(); // what other tests have left
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        Once();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_of_training_leave_no_tensor_behind(string name)
    {
        using Bijection map = s_table[name]();
        map.Initialize(new RandomSource(1));
        Tensor[] weights = [.. map.Weights.Select(w => w.Value)];
        using Tensor x = BijectionContract.Points(map.Domain, ScalarType.Float32), condition = zeros(x.shape[0], Math.Max(1, map.ConditionSize));
        if (weights.Length == 0)
            return;
        void Step(bool inverse)
        {
            using DisposeScope scope = NewDisposeScope();
            (_, Tensor logDet) = inverse ? map.Inverse(x, map.ConditionSize > 0 ? condition : null) : map.Forward(x, map.ConditionSize > 0
                ? condition : null);
            Tensor[] gradients = [.. autograd.grad([logDet.sum()], weights, allow_unused: true)]; // nothing comes in for the value
            weights = [.. weights.Where((_, k) => !gradients[k].IsInvalid)]; // TorchSharp counts an undefined gradient for ever
        }
        Step(false);
        Step(true);
        GC.Collect(); // what other tests have left
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        for (int n = 0; n < 10; n++)
            Step(n % 2 == 1);
        Assert.InRange(Tensor.TotalCount - before, -3, 3); // a thread's last gradients are kept until its next backward pass
    }

    [Fact]
    public void A_row_that_overflows_within_a_chain_is_found_at_its_end()
    {
        Domain real = Domain.Real(2);
        using var chain = new Chain(new ScaleShift(real, [1e30, 1], [0, 0]), new ScaleShift(real, [1e30, 1], [0, 0]), new Coupling(real, [1], AffineTransformer.For, s_net), new ScaleShift(real, [1e-30, 1], [0, 0]));
        chain.Initialize(new RandomSource(3));
        using DisposeScope scope = NewDisposeScope();
        // the weight keeps the finite row's own gradient in range: d y_1 / d x_0 alone is 1e57, on any processor
        Tensor[] Gradients(Tensor x, int row)
        {
            (Tensor y, Tensor logDet) = chain.Forward(x);
            Assert.Equal(row == 1 ? [true, false] : [false], y.isnan().all(1).data<bool>().ToArray());
            if (row == 1)
                Assert.Equal(float.NegativeInfinity, logDet[0].item<float>());
            return [.. autograd.grad([1e-30 * y[row].sum() + logDet[row]], [x, .. chain.Weights.Select(w => w.Value)])];
        }
        Tensor[] both = Gradients(tensor(new float[] { 1, 1, 1e-25f, 1 }, [2, 2]).requires_grad_(true), 1);
        Tensor[] alone = Gradients(tensor(new float[] { 1e-25f, 1 }, [1, 2]).requires_grad_(true), 0);
        Assert.Equal([0f, 0f], both[0][0].data<float>().ToArray());
        Assert.All(alone, g => Assert.True(g.isfinite().all().item<bool>()));
        Assert.True(alone[0].abs().max().item<float>() > 1e20f); // not finite by being nothing
        foreach ((Tensor g, Tensor own) in both.Zip(alone, (b, a) => (b.shape.SequenceEqual(a.shape) ? b : b[1..], a)))
            Assert.True(g.allclose(own, 1e-4, 0), $"{g} is not {own}");
    }

    [Fact]
    public void Wrong_bijections_fail_the_contract()
    {
        string Failures(Func<Tensor, bool, (Tensor, Tensor)> map, Axis? axis = null) =>
            string.Join('\n', new BijectionContract(() => new Wrong(Domain.Of(axis ?? Axis.Real, 3), map)).Failures());
        Func<Tensor, bool, (Tensor, Tensor)> Scale(double there, double logDet, double back, double logDetBack) =>
            (x, inverse) => (inverse ? x / back : x * there, full(x.shape[0], 3 * (inverse ? logDetBack : logDet), dtype: x.dtype));
        double log2 = Math.Log(2);
        Assert.Equal("", Failures(Scale(2, log2, 2, -log2))); // the control
        Assert.Contains("autograd", Failures(Scale(2, 0.6931, 2, -0.6931)), StringComparison.Ordinal);
        Assert.Contains("cancel", Failures(Scale(2, log2, 2, log2)), StringComparison.Ordinal);
        Assert.Contains("away", Failures(Scale(2.00001, log2, 2, -log2)), StringComparison.Ordinal);
        Assert.Contains("away", Failures((x, _) => (x.clamp(-4.5, 4.5), zeros(x.shape[0], dtype: x.dtype))), StringComparison.Ordinal);
        // continuous in value, but the slope jumps where the circle closes
        Assert.Contains("seam", Failures((x, inverse) =>
        {
            const double pi = Math.PI, a = 0.05;
            Tensor w = x - 2 * pi * ((x + pi) / (2 * pi)).floor(), root = (1 + 4 * a * (w + a * pi * pi)).sqrt(); // y = w + a (w^2 - pi^2)
            return inverse ? ((root - 1) / (2 * a), -root.log().sum(1)) : (w + a * (w * w - pi * pi), (1 + 2 * a * w).log().sum(1));
        }, s_circle), StringComparison.Ordinal);
        Assert.Contains("alone", Failures((x, _) => (x - x.mean([0L]), zeros(x.shape[0], dtype: x.dtype))), StringComparison.Ordinal);
    }

    [Fact]
    public void Compositions_are_checked_when_they_are_built()
    {
        Domain real = Domain.Real(3), circles = Domain.Of(s_circle, 3);
        string message = Assert.Throws<ArgumentException>(() => new Chain(Permutation.Reverse(real), Permutation.Reverse(circles))).Message;
        Assert.Contains("circle", message, StringComparison.Ordinal);
        Assert.Contains("Link 1 (Permutation)", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Chain());
        Assert.Throws<ArgumentException>(() => new Coupling(real, [0, 1, 2], AffineTransformer.For, s_net));
        Assert.Throws<ArgumentException>(() => new Coupling(real, [0, 0], AffineTransformer.For, s_net));
        Assert.Throws<ArgumentException>(() => new Coupling(real, [3], AffineTransformer.For, s_net));
        Assert.Throws<ArgumentException>(() => new Coupling(circles, [1], AffineTransformer.For, s_net));
        Assert.Throws<ArgumentException>(() => new OnColumns(circles, [1], new LinearMixing(1)));
        Assert.Throws<ArgumentException>(() => ScaleShift.Between(real, circles));
        Assert.Throws<ArgumentException>(() => new Permutation(real, [0, 1, 1]));
        using var map = new LinearMixing(3);
        using var converted = new LinearMixing(3);
        converted.To(ScalarType.Float64);
        Assert.Contains("build the whole first", Assert.Throws<ArgumentException>(() => new Inverted(converted)).Message,
            StringComparison.Ordinal);
        using DisposeScope scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => map.Forward(zeros(2, 4)));
        Assert.Throws<ArgumentException>(() => map.Forward(zeros([2, 3], ScalarType.Float64)));
        Assert.Throws<ArgumentException>(() => map.Forward(zeros(2, 3), zeros(2, 1)));
    }

    [Fact]
    public void Whitened_samples_have_unit_covariance_and_flat_directions_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor samples = Correlated();
        using Bijection white = Whitening.Of(samples);
        white.To(ScalarType.Float64);
        Tensor y = white.Forward(samples).Y, centred = y - y.mean([0L]);
        Assert.True((centred.t().matmul(centred) / (y.shape[0] - 1) - eye(4,
            dtype: ScalarType.Float64)).abs().max().item<double>() < 1e-10);
        Assert.Contains("no variance", Assert.Throws<ArgumentException>(() => Whitening.Of(cat([samples, samples], 1))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_is_near_the_identity_and_follows_the_seed_alone()
    {
        byte[] Bytes(ulong seed)
        {
            using Bijection map = s_table["spline coupling, mixed"]();
            map.Initialize(new RandomSource(seed));
            using DisposeScope scope = NewDisposeScope();
            Tensor x = BijectionContract.Points(s_mixed, ScalarType.Float32, extremes: false);
            (Tensor y, Tensor logDet) = map.Forward(x);
            Assert.True(logDet.abs().max().item<float>() < 0.2);
            Assert.True(BijectionContract.Distance(s_mixed, y, x).max().item<double>() < 0.1);
            return y.bytes.ToArray();
        }
        Assert.Equal(Bytes(4), Bytes(4));
        Assert.NotEqual(Bytes(4), Bytes(5));
    }

    private static Tensor Correlated()
    {
        var random = new RandomSource(8);
        double[] mixing = [1, 0.5, 0, 0, 0, 0.3, 0.1, 0, 0.2, 0, 2, 1, 0, 0, 0, 0.05];
        return tensor(Enumerable.Range(0, 4000).Select(_ => random.NextNormal()).ToArray(), [1000, 4]).matmul(tensor(mixing, [4, 4])) + 3;
    }

    private static Whitening WhiteningOfSamples()
    {
        using DisposeScope scope = NewDisposeScope();
        return Whitening.Of(Correlated());
    }

    private sealed class Slowed : VectorField
    {
        private const double Factor = 0.1;

        private readonly VectorField _field;

        public Slowed(VectorField field) : base(field.Dimension) => _field = Part("field", field);

        public override Tensor Velocity(Tensor x, Tensor t) => _field.Velocity(x, t) * Factor;

        public override (Tensor Velocity, Tensor Divergence) WithDivergence(Tensor x, Tensor t) => _field.WithDivergence(x, t) is var (v,
            divergence) ? (v * Factor, divergence * Factor) : default;
    }

    private sealed class Wrong(Domain domain, Func<Tensor, bool, (Tensor, Tensor)> map) : Bijection(domain, domain)
    {
        protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse) => map(x, inverse);
    }
}
