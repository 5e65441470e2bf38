using MolSampling.Flows.Splines;
using MolSampling.Potentials.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Splines;

/// <summary>The fused spline against the equations, against torch, at its edges, and inside torch's backward pass.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
[Trait("cpu", "lanes")]
public sealed class FusedSplineTests
{
    private const double Bound = 3;

    public static TheoryData<SplineKind, int> Kinds => new()
    {
        { SplineKind.LinearTails, 8 }, { SplineKind.Interval, 8 }, { SplineKind.Circular, 8 },
        { SplineKind.LinearTails, 2 }, { SplineKind.Interval, 3 }, { SplineKind.Circular, 2 }, { SplineKind.LinearTails, 33 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Values_and_log_derivatives_are_the_equations(SplineKind kind, int bins)
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(kind, bins, 1001, 2);
        (double[] y, double[] l) = Run(x, parameters, kind, ScalarType.Float64);
        (double[] ySingle, double[] lSingle) = Run(x, parameters, kind, ScalarType.Float32);
        for (int n = 0; n < x.Length; n++)
        {
            (double expected, double log) = SplineReference.Forward(kind, Bound, x[n], Row(parameters, n, x.Length));
            double[] single32 = [.. Row(parameters, n, x.Length).Select(p => (double)(float)p)];
            (double single, double singleLog) = SplineReference.Forward(kind, Bound, (float)x[n], single32);
            Assert.Equal(expected, y[n], 1e-12);
            Assert.Equal(log, l[n], 1e-10);
            // in float32 knots are known to 1e-7 of the support: the answer is that of a place within 1e-6
            (double spread, double logSpread) = (0, 0);
            foreach (double by in new[] { -1e-6, 1e-6 })
            {
                (double near, double nearLog) = SplineReference.Forward(kind, Bound,
                    kind == SplineKind.Circular ? (float)x[n] + by : Math.Clamp((float)x[n] + by, -Reach(kind), Reach(kind)), single32);
                (spread, logSpread) = (Math.Max(spread, Apart(kind, near, single)), Math.Max(logSpread, Math.Abs(nearLog - singleLog)));
            }
            Assert.True(Apart(kind, single, ySingle[n]) < spread + 3e-6, $"{single} {ySingle[n]}");
            Assert.Equal(singleLog, lSingle[n], logSpread + 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_inverse_is_what_bisection_finds_and_round_trips(SplineKind kind, int bins)
    {
        using DisposeScope scope = NewScope();
        (double[] y, double[] parameters) = Draw(kind, bins, 501, 2);
        foreach ((ScalarType type, double precision) in new[] { (ScalarType.Float64, 1e-10), (ScalarType.Float32, 1e-6 * Bound) })
        {
            (double[] x, double[] l) = Run(y, parameters, kind, type, inverse: true);
            (double[] back, double[] forward) = Run(x, parameters, kind, type);
            for (int n = 0; n < y.Length; n++)
            {
                // what rounding of y is in x: float32 cannot do better where the spline is flat, and there only
                double flat = Math.Max(1, Math.Exp(l[n]));
                Assert.True(Apart(kind, x[n], SplineReference.Inverse(kind, Bound, y[n],
                    Row(parameters, n, y.Length))) < 3 * precision * flat, $"{type} {y[n]} -> {x[n]}, ln slope {-l[n]}");
                Assert.True(Apart(kind, back[n], y[n]) < precision * Math.Max(1, Math.Exp(forward[n])),
                    $"{type} {y[n]} -> {x[n]} -> {back[n]}");
                Assert.Equal(0, l[n] + forward[n], type == ScalarType.Float64 ? 1e-8 : 1e-3 * flat);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_are_torch_s_own(SplineKind kind, int bins)
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(kind, bins, 300, 1);
        Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(x.Length, -1).requires_grad_(true);
        var random = new RandomSource((ulong)bins); // with unseeded weights two runs of a hundred miss the tolerance of float32 at 33 bins
        Tensor Weights() => tensor(x.Select(_ => random.NextNormal()).ToArray());
        Tensor weightY = Weights(), weightL = Weights();
        (Tensor y, Tensor l) = SplineReference.InTorch(a, p, kind, Bound);
        Tensor[] expected = [.. autograd.grad([(y * weightY + l * weightL).sum()], [a, p])];
        foreach ((ScalarType type, double precision) in new[] { (ScalarType.Float64, 1e-9), (ScalarType.Float32, 2e-4) })
        {
            Tensor b = a.detach().to(type).requires_grad_(true), q = p.detach().to(type).requires_grad_(true);
            (y, l) = FusedSpline.Apply(b, q, kind, -Bound, Bound);
            Tensor[] gradient = [.. autograd.grad([(y * weightY + l * weightL).sum()], [b, q])];
            for (int n = 0; n < 2; n++)
            {
                double[] ours = gradient[n].to(ScalarType.Float64).data<double>().ToArray(), theirs = expected[n].data<double>().ToArray();
                for (int k = 0; k < ours.Length; k++)
                    Assert.Equal(theirs[k], ours[k], precision * Math.Max(1, Math.Abs(theirs[k])) * (type == ScalarType.Float32 ? 5 : 1));
            }
            Assert.Equal(type, gradient[1].dtype);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_are_finite_differences_in_both_directions(SplineKind kind, int bins)
    {
        using DisposeScope scope = NewScope();
        const int elements = 12;
        const double step = 1e-6;
        (double[] x, double[] parameters) = Draw(kind, bins, elements, 1);
        int size = parameters.Length / elements;
        foreach (bool inverse in new[] { false, true })
        {
            Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(elements, -1).requires_grad_(true);
            (Tensor y, Tensor l) = FusedSpline.Apply(a, p, kind, -Bound, Bound, inverse);
            Tensor[] gradient = [.. autograd.grad([(0.7 * y - 1.3 * l).sum()], [a, p])];
            double[] gx = gradient[0].data<double>().ToArray(), gp = gradient[1].data<double>().ToArray();
            for (int k = -1; k < size; k++)
            {
                double[] Moved(double by)
                {
                    double[] mx = [.. x], mp = [.. parameters];
                    for (int n = 0; n < elements; n++)
                        if (k < 0)
                            mx[n] += by;
                        else
                            mp[n * size + k] += by;
                    (double[] v, double[] w) = Run(mx, mp, kind, ScalarType.Float64, inverse);
                    return [.. v.Select((_, n) => 0.7 * v[n] - 1.3 * w[n])];
                }
                double[] up = Moved(step), down = Moved(-step);
                for (int n = 0; n < elements; n++)
                    Assert.Equal((up[n] - down[n]) / (2 * step), k < 0 ? gx[n] : gp[n * size + k],
                        2e-6 * Math.Max(1, Math.Abs(k < 0 ? gx[n] : gp[n * size + k])));
            }
        }
    }

    [Theory]
    [InlineData(SplineKind.LinearTails)]
    [InlineData(SplineKind.Interval)]
    [InlineData(SplineKind.Circular)]
    public void Parameters_of_zero_are_the_identity(SplineKind kind)
    {
        using DisposeScope scope = NewScope();
        Tensor x = linspace(-Bound, Bound, 400, ScalarType.Float32), p = zeros(400, SplineShape.ParametersOf(kind, 8));
        foreach (bool inverse in new[] { false, true })
        {
            (Tensor y, Tensor l) = FusedSpline.Apply(x, p, kind, -Bound, Bound, inverse);
            Assert.True((y - x).abs().max().item<float>() < 1e-6);
            Assert.True(l.abs().max().item<float>() < 2e-6);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Knots_and_ends_are_met(ScalarType type)
    {
        using DisposeScope scope = NewScope();
        foreach (SplineKind kind in Enum.GetValues<SplineKind>())
        {
            (_, double[] parameters) = Draw(kind, 8, 1, type == ScalarType.Float32 ? 0.7 : 2);
            if (kind == SplineKind.Circular)
                parameters[^1] = 0;
            var (knots, values, slopes, _) = SplineReference.Knots(kind, Bound, parameters);
            double[] repeated = [.. Enumerable.Repeat(parameters, 9).SelectMany(p => p)];
            foreach (bool inverse in new[] { false, true })
            {
                (double[] y, double[] l) = Run(inverse ? values : knots, repeated, kind, type, inverse);
                double[] expected = inverse ? knots : values;
                for (int k = 0; k < 9; k++)
                {
                    Assert.Equal(expected[k], y[k], type == ScalarType.Float32 ? 3e-6 : 1e-13);
                    Assert.Equal(Math.Log(slopes[k]), inverse ? -l[k] : l[k], type == ScalarType.Float32 ? 1e-3 : 1e-10);
                }
                Assert.Equal((-Bound, Bound), (y[0], y[8])); // to the bit
            }
        }
    }

    [Theory]
    [InlineData(SplineKind.LinearTails)]
    [InlineData(SplineKind.Interval)]
    [InlineData(SplineKind.Circular)]
    public void Extreme_parameters_stay_monotone_inside_and_finite(SplineKind kind)
    {
        using DisposeScope scope = NewScope();
        const int elements = 4000;
        int size = SplineShape.ParametersOf(kind, 8);
        var random = new RandomSource(5);
        // bins of a thousandth, slopes of a thousandth and of thirty
        double[] row = [.. Enumerable.Range(0, size).Select(k => 30.0 * (int)(3 * random.NextDouble()) - 30)];
        if (kind == SplineKind.Circular)
            row[^1] = 0;
        double[] x = [.. Enumerable.Range(0, elements).Select(n => -Bound + 2 * Bound * n / (elements - 1))],
            parameters = [.. Enumerable.Repeat(row, elements).SelectMany(p => p)];
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            foreach (bool inverse in new[] { false, true })
            {
                (double[] y, double[] l) = Run(x, parameters, kind, type, inverse);
                for (int n = 0; n < elements; n++)
                {
                    Assert.True(double.IsFinite(y[n]) && double.IsFinite(l[n]), $"{x[n]}: {y[n]} {l[n]}");
                    Assert.InRange(y[n], -Bound, Bound);
                    Assert.True(n == 0 || y[n] >= y[n - 1] - (type == ScalarType.Float32 ? 1e-6 : 1e-14), $"{n}: {y[n]}");
                }
                Tensor a = tensor(x).to(type).requires_grad_(true), p = tensor(parameters).to(type).reshape(elements,
                    -1).requires_grad_(true);
                (Tensor value, Tensor log) = FusedSpline.Apply(a, p, kind, -Bound, Bound, inverse);
                (value + log).sum().backward();
                Assert.True(a.grad!.isfinite().all().item<bool>() && p.grad!.isfinite().all().item<bool>());
            }
        }
    }

    [Fact]
    public void Tails_are_the_identity_to_the_bit_with_gradient_one()
    {
        using DisposeScope scope = NewScope();
        foreach (bool inverse in new[] { false, true })
            foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                double[] far = [-1e3, 1e3, -3.0001, 3.0001, double.PositiveInfinity, double.NegativeInfinity, 1e30, -Bound, Bound];
                (_, double[] parameters) = Draw(SplineKind.LinearTails, 8, far.Length, 5);
                Tensor a = tensor(far).to(type).requires_grad_(true), p = tensor(parameters).to(type).reshape(far.Length,
                    -1).requires_grad_(true);
                (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound, inverse);
                Assert.True(y.Equals(a.detach()));
                Assert.Equal(0, l.abs().max().to(ScalarType.Float64).item<double>(), 1e-6);
                Tensor[] g = [.. autograd.grad([(2 * y + 3 * l).narrow(0, 0, 7).sum()], [a, p])];
                Assert.Equal([2, 2, 2, 2, 2, 2, 2, 0, 0], g[0].to(ScalarType.Float64).data<double>().ToArray());
                Assert.Equal(0, g[1].abs().max().to(ScalarType.Float64).item<double>());
            }
    }

    [Fact]
    public void A_circle_is_continuous_over_its_seam_in_value_slope_and_gradient()
    {
        using DisposeScope scope = NewScope();
        (_, double[] row) = Draw(SplineKind.Circular, 8, 1, 1);
        double[] x = [-Math.PI, Math.PI, -Math.PI + 1e-9, Math.PI - 1e-9, 5 * Math.PI, 1, 1 + 2 * Math.PI, 1 - 40 * Math.PI];
        double[] parameters = [.. Enumerable.Repeat(row, x.Length).SelectMany(p => p)];
        foreach (bool inverse in new[] { false, true })
        {
            Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(x.Length, -1);
            (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.Circular, -Math.PI, Math.PI, inverse);
            double[] values = y.data<double>().ToArray(), logs = l.data<double>().ToArray(),
                slopes = autograd.grad([y.sum()], [a])[0].data<double>().ToArray();
            Assert.All(values, v => Assert.InRange(v, -Math.PI, Math.PI));
            foreach ((int one, int other) in new[] { (0, 1), (0, 2), (1, 3), (0, 4), (5, 6), (5, 7) })
            {
                Assert.Equal(0, SplineReference.Wrap(values[one] - values[other], Math.PI), 1e-7);
                Assert.Equal(logs[one], logs[other], 1e-6);
                Assert.Equal(slopes[one], slopes[other], 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NaN_stays_NaN_and_only_there(SplineKind kind, int bins)
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(kind, bins, 70, 1);
        int size = parameters.Length / x.Length;
        foreach (bool inverse in new[] { false, true })
            foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                (double[] y, double[] l) = Run(x, parameters, kind, type, inverse);
                double[] spoiled = [.. x], broken = [.. parameters];
                int[] places = [5, 17, 69];
                spoiled[5] = spoiled[69] = double.NaN;
                broken[17 * size] = double.NaN;
                Tensor a = tensor(spoiled).to(type).requires_grad_(true), p = tensor(broken).to(type).reshape(x.Length,
                    -1).requires_grad_(true);
                (Tensor value, Tensor log) = FusedSpline.Apply(a, p, kind, -Bound, Bound, inverse);
                Tensor[] g = [.. autograd.grad([(value + log).sum()], [a, p]).Select(t => t.to(ScalarType.Float64))];
                double[] v = Numbers(value), w = Numbers(log), gx = g[0].data<double>().ToArray(),
                    gp = g[1].sum(-1).data<double>().ToArray();
                for (int n = 0; n < x.Length; n++)
                    if (places.Contains(n) && !(n == 17 && kind == SplineKind.LinearTails && Math.Abs(x[n]) > Bound))
                        Assert.True(double.IsNaN(v[n]) && double.IsNaN(w[n]) && double.IsNaN(gx[n]) && double.IsNaN(gp[n]),
                            $"{n}: {v[n]} {w[n]} {gx[n]} {gp[n]}");
                    else if (n != 17)
                        Assert.True(v[n] == y[n] && w[n] == l[n] && double.IsFinite(gx[n]) && double.IsFinite(gp[n]),
                            $"{n}: {v[n]} {w[n]} {gx[n]} {gp[n]}");
            }
    }

    [Fact]
    public void Outside_an_interval_there_is_nothing_and_a_mask_removes_it_without_a_trace()
    {
        using DisposeScope scope = NewScope();
        double[] x = [-3.1, 0, 3.1, double.PositiveInfinity, double.NaN, 1];
        (_, double[] parameters) = Draw(SplineKind.Interval, 8, x.Length, 1);
        Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(x.Length, -1).requires_grad_(true);
        (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.Interval, -Bound, Bound);
        Assert.Equal([true, false, true, true, true, false], y.isnan().data<bool>().ToArray());
        Assert.Equal([true, false, true, true, true, false], l.isnan().data<bool>().ToArray());
        Tensor[] g = [.. autograd.grad([where(y.isnan(), zeros_like(y), y + l).sum()], [a, p])];
        Assert.True(g[0].isfinite().all().item<bool>() && g[1].isfinite().all().item<bool>());
        Assert.Equal([false, true, false, false, false, true], g[1].abs().sum(-1).gt(0).data<bool>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void All_lanes_compute_the_same_in_batches_of_any_size(SplineKind kind, int bins)
    {
        (double[] x, double[] parameters) = Draw(kind, bins, 53, 1);
        foreach (bool inverse in new[] { false, true })
        {
            float[] whole = InLanes<Float512>(x, parameters, kind, inverse, 53),
                scalars = [.. InDoubles(x, parameters, kind, inverse).Select(v => (float)v)];
            foreach (float[] other in new[] { InLanes<Float256>(x, parameters, kind, inverse, 53), InLanes<Float128>(x, parameters, kind,
                inverse, 53), scalars })
                for (int n = 0; n < whole.Length; n++)
                    Assert.True(Math.Abs(whole[n] - other[n]) < 1e-3 * Math.Max(1, Math.Abs(other[n])), $"{n}: {whole[n]} {other[n]}");
            foreach (int some in new[] { 1, 3, 15, 16, 17, 33 })
            {
                float[] part = InLanes<Float512>(x, parameters, kind, inverse, some);
                int size = parameters.Length / 53;
                Assert.Equal(whole[..some], part[..some]); // a lane does not know its neighbours: to the bit
                Assert.Equal(whole[159..(159 + some * size)], part[(3 * some)..]);
            }
        }
    }

    [Fact]
    public void Threads_change_no_byte()
    {
        using DisposeScope scope = NewScope();
        int before = get_num_threads();
        try
        {
            (double[] x, double[] parameters) = Draw(SplineKind.Circular, 8, 10_000, 2);
            byte[][] Once(int threads)
            {
                set_num_threads(threads);
                Tensor a = tensor(x).to(ScalarType.Float32).requires_grad_(true),
                    p = tensor(parameters).to(ScalarType.Float32).reshape(x.Length, -1).requires_grad_(true);
                (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.Circular, -Bound, Bound);
                Tensor[] g = [.. autograd.grad([(y * l).sum()], [a, p])];
                return [y.bytes.ToArray(), l.bytes.ToArray(), g[0].bytes.ToArray(), g[1].bytes.ToArray()];
            }
            byte[][] one = Once(1), two = Once(2);
            for (int n = 0; n < 4; n++)
                Assert.Equal(one[n], two[n]);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void The_kernel_allocates_nothing()
    {
        (double[] x, double[] parameters) = Draw(SplineKind.LinearTails, 8, 1000, 1);
        InLanes<Float256>(x, parameters, SplineKind.LinearTails, false, 1000, out long bytes);
        Assert.Equal(0, bytes);
    }

    [Fact]
    public void Two_uses_add_up_and_one_unused_output_is_zero()
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(SplineKind.LinearTails, 8, 40, 1);
        Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(40, -1).requires_grad_(true);
        (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound);
        Tensor[] fromY = [.. autograd.grad([y.sum()], [a, p], retain_graph: true)],
            fromL = [.. autograd.grad([l.sum()], [a, p], retain_graph: true)];
        Tensor[] both = [.. autograd.grad([(y + l).sum()], [a, p])];
        for (int n = 0; n < 2; n++)
            Assert.True((fromY[n] + fromL[n]).allclose(both[n], 1e-12, 1e-12));
        (Tensor first, _) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound);
        // the same parameters twice: x again
        (Tensor second, Tensor log) = FusedSpline.Apply(first, p, SplineKind.LinearTails, -Bound, Bound, inverse: true);
        (second.sum() + 0 * log.sum()).backward();
        (FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound).Y * 2).sum().backward();
        Assert.True(a.grad!.allclose(1 + 2 * fromY[0], 1e-9, 1e-9));
        Assert.True(p.grad!.allclose(2 * fromY[1], 1e-8, 1e-8));
        // only the parameters, or only the argument
        Assert.True(autograd.grad([FusedSpline.Apply(a.detach(), p, SplineKind.LinearTails, -Bound, Bound).Y.sum()],
            [p])[0].allclose(fromY[1]));
        Assert.True(autograd.grad([FusedSpline.Apply(a, p.detach(), SplineKind.LinearTails, -Bound, Bound).Y.sum()],
            [a])[0].allclose(fromY[0]));
    }

    [Fact]
    public void An_error_in_the_backward_pass_gives_NaN_and_is_thrown_at_the_next_call()
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(SplineKind.LinearTails, 8, 40, 1);
        Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(40, -1);
        (Tensor y, _) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound);
        p.add_(1); // what backward saved is not what it was
        y.sum().backward();
        Assert.True(a.grad!.isnan().all().item<bool>());
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => FusedSpline.Apply(a, p, SplineKind.LinearTails,
            -Bound, Bound));
        Assert.Contains("inplace", error.InnerException!.Message, StringComparison.Ordinal);
        FusedSpline.ThrowIfBackwardFailed(); // once
        (y, _) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound);
        Assert.True(autograd.grad([y.sum()], [a], create_graph: true)[0].isnan().all().item<bool>());
        Assert.IsType<NotSupportedException>(Assert.Throws<InvalidOperationException>(FusedSpline.ThrowIfBackwardFailed).InnerException);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using DisposeScope scope = NewScope();
        Tensor x = zeros(4, 3), p = zeros(4, 3, 23);
        Assert.Equal([4L, 3L], FusedSpline.Apply(x, p, SplineKind.LinearTails, -1, 1).Y.shape);
        Assert.Equal([0L, 3L], FusedSpline.Apply(x.narrow(0, 0, 0), p.narrow(0, 0, 0), SplineKind.LinearTails, -1, 1).Y.shape);
        foreach ((Tensor a, Tensor b, SplineKind kind, double bound) in new[]
        {
            (x, p, SplineKind.Interval, 1.0), (x, p, SplineKind.LinearTails, 0), (x, p, SplineKind.LinearTails, double.NaN),
                (x, p, (SplineKind)7, 1),
            (x, p.reshape(12, 23), SplineKind.LinearTails, 1),
            (x, p.narrow(0, 0, 1), SplineKind.LinearTails, 1), (x, p.to(ScalarType.Float64), SplineKind.LinearTails, 1),
                (x.to(ScalarType.Int64), p, SplineKind.LinearTails, 1),
            (x, zeros(4, 3, 2), SplineKind.LinearTails, 1),
            (x, zeros(1).expand(4, 3, 200_000_000), SplineKind.LinearTails, 1),
        })
            Assert.Throws<ArgumentException>(() => FusedSpline.Apply(a, b, kind, -bound, bound));
        Assert.Contains("meta", Assert.Throws<NotSupportedException>(() => FusedSpline.Apply(zeros(4, 3, device: "meta"), p,
            SplineKind.LinearTails, -1, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_are_read_as_what_they_show()
    {
        using DisposeScope scope = NewScope();
        (double[] x, double[] parameters) = Draw(SplineKind.Interval, 4, 30, 1);
        Tensor a = tensor(x).reshape(10, 3), p = tensor(parameters).reshape(10, 3, 13);
        Tensor y = FusedSpline.Apply(a, p, SplineKind.Interval, -Bound, Bound).Y;
        Assert.True(y.Equals(FusedSpline.Apply(a.t().contiguous().t(), p.permute(2, 0, 1).contiguous().permute(1, 2, 0),
            SplineKind.Interval, -Bound, Bound).Y));
        Assert.True(y.narrow(1, 1, 2).Equals(FusedSpline.Apply(a.narrow(1, 1, 2), p.narrow(1, 1, 2), SplineKind.Interval, -Bound,
            Bound).Y));
    }

    [Fact]
    public void Many_steps_keep_no_tensor_and_no_memory()
    {
        using DisposeScope outer = NewScope();
        (double[] x, double[] parameters) = Draw(SplineKind.LinearTails, 8, 4000, 1);
        Tensor a = tensor(x).requires_grad_(true), p = tensor(parameters).reshape(4000, -1).requires_grad_(true); // 0.7 MB
        void Steps(int count)
        {
            for (int n = 0; n < count; n++)
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor y, Tensor l) = FusedSpline.Apply(a, p, SplineKind.LinearTails, -Bound, Bound);
                (Tensor z, Tensor m) = FusedSpline.Apply(y, p, SplineKind.LinearTails, -Bound, Bound);
                (z + l + m).sum().backward();
                a.grad!.zero_();
            }
        }
        Steps(50);
        long tensors = Tensor.TotalCount, memory = Environment.WorkingSet;
        Steps(200);
        Assert.True(Math.Abs(Tensor.TotalCount - tensors) < 20, $"{Tensor.TotalCount - tensors} tensors");
        // the parameters' gradient kept would be 140 MB
        Assert.True(Environment.WorkingSet - memory < 60 << 20, $"{(Environment.WorkingSet - memory) >> 20} MB");
    }

    private static (double[] Y, double[] L) Run(double[] x, double[] parameters, SplineKind kind, ScalarType type, bool inverse = false)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor y, Tensor l) = FusedSpline.Apply(tensor(x).to(type), tensor(parameters).reshape(x.Length, -1).to(type), kind, -Bound, Bound,
            inverse);
        return (Numbers(y), Numbers(l));
    }

    private static double[] Numbers(Tensor t) => t.detach().to(ScalarType.Float64).data<double>().ToArray();

    private static double[] Row(double[] parameters, int n, int elements) => parameters.AsSpan(n * (parameters.Length / elements),
        parameters.Length / elements).ToArray();

    private static double Apart(SplineKind kind, double a, double b) => Math.Abs(kind == SplineKind.Circular ? SplineReference.Wrap(a - b,
        Bound) : a - b);

    private static double Reach(SplineKind kind) => kind == SplineKind.Interval ? Bound : 1.3 * Bound;

    private static (double[] X, double[] Parameters) Draw(SplineKind kind, int bins, int elements, double scale)
    {
        var random = new RandomSource((ulong)(1000 * bins + (int)kind));
        double[] x = [.. Enumerable.Range(0, elements).Select(_ => Reach(kind) * (2 * random.NextDouble() - 1))];
        return (x, [.. Enumerable.Range(0, elements * SplineShape.ParametersOf(kind, bins)).Select(_ => scale * random.NextNormal())]);
    }

    private static float[] InLanes<T>(double[] x, double[] parameters, SplineKind kind, bool inverse, int elements) where T : unmanaged,
        ILane<T> =>
        InLanes<T>(x, parameters, kind, inverse, elements, out _);

    /// <summary>Values, log-derivatives, argument's gradient and parameters' gradient, one after the other.</summary>
    private static unsafe float[] InLanes<T>(double[] x, double[] parameters, SplineKind kind, bool inverse, int elements,
        out long allocated) where T : unmanaged, ILane<T>
    {
        int size = parameters.Length / x.Length;
        float[] a = [.. x.Select(v => (float)v)], p = [.. parameters.Select(v => (float)v)], ones = [.. x.Select((_, n) => 1 + 0.1f * n)],
            result = new float[elements * (3 + size)];
        fixed (float* pa = a, pp = p, po = ones, r = result)
        {
            var job = new SplineJob { Shape = SplineShape.Of(kind, size, -Bound, Bound), Inverse = inverse, Count = elements, Argument = pa,
                Parameters = pp, Value = r, LogDerivative = r + elements,
                ValueGradient = po, LogDerivativeGradient = po, ArgumentGradient = r + 2 * elements, ParametersGradient =
                    r + 3 * elements };
            job.Chunk<T>(0, elements, false);
            long before = GC.GetAllocatedBytesForCurrentThread();
            job.Chunk<T>(0, elements, false);
            job.Chunk<T>(0, elements, true);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return result;
    }

    private static unsafe double[] InDoubles(double[] x, double[] parameters, SplineKind kind, bool inverse)
    {
        int size = parameters.Length / x.Length;
        double[] ones = [.. x.Select((_, n) => 1 + 0.1 * n)], result = new double[x.Length * (3 + size)];
        fixed (double* pa = x, pp = parameters, po = ones, r = result)
        {
            var job = new SplineJob { Shape = SplineShape.Of(kind, size, -Bound, Bound), Inverse = inverse, Count = x.Length, Argument = pa,
                Parameters = pp, Value = r, LogDerivative = r + x.Length,
                ValueGradient = po, LogDerivativeGradient = po, ArgumentGradient = r + 2 * x.Length, ParametersGradient =
                    r + 3 * x.Length };
            job.Chunk<Double64>(0, x.Length, false);
            job.Chunk<Double64>(0, x.Length, true);
        }
        return result;
    }

    private static DisposeScope NewScope()
    {
        MolSampling.Potentials.Torch.TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }
}
