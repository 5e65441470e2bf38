using System.Numerics;
using System.Runtime.InteropServices;
using MolSampling.Potentials;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Adam with decoupled weight decay. D. P. Kingma, J. Ba, ICLR 2015; I. Loshchilov, F. Hutter, ICLR 2019. Its whole state is two moments a
/// weight and the number of steps. A step whose gradient is not finite moves nothing and is counted.
/// </summary>
public sealed class Adam : IDisposable
{
    private readonly (string Path, Parameter Weight, Tensor First, Tensor Second)[] _slots;

    /// <summary>For all weights of a model, in its present type and on its present device.</summary>
    public Adam(Parametrized model, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0)
    {
        (LearningRate, Beta1, Beta2, Epsilon, WeightDecay) = (learningRate, beta1, beta2, epsilon, weightDecay);
        _slots = [.. model.State.Where(s => s.Parameter.Role == ParameterRole.Weight)
            .Select(s => (s.Path, s.Parameter, zeros_like(s.Parameter.Value.detach()).DetachFromDisposeScope(),
                zeros_like(s.Parameter.Value.detach()).DetachFromDisposeScope()))];
    }

    /// <summary>May change from step to step.</summary>
    public double LearningRate { get; set; }

    public double Beta1 { get; }

    public double Beta2 { get; }

    public double Epsilon { get; }

    public double WeightDecay { get; }

    /// <summary>Steps that moved the weights.</summary>
    public long Steps { get; internal set; }

    /// <summary>Steps refused because the gradient was not finite.</summary>
    public long Refused { get; internal set; }

    internal IEnumerable<(string Path, Tensor First, Tensor Second)> Moments => _slots.Select(s => (s.Path, s.First, s.Second));

    /// <summary>One step against the gradient of a loss.</summary>
    /// <param name="loss">A scalar that depends on the weights.</param>
    /// <param name="largestNorm">Longer gradients are shortened to this norm.</param>
    /// <returns>The gradient's norm before that; NaN or infinite if the step was refused.</returns>
    public double Step(Tensor loss, double largestNorm = double.PositiveInfinity)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor?[] gradients = [.. autograd.grad([loss], [.. _slots.Select(s => s.Weight.Value)], allow_unused: true)];
        using IDisposable constant = no_grad();
        bool Missing(Tensor? g) => g is null || g.IsInvalid; // a weight that the loss does not depend on
        Tensor[] plain = [.. gradients.Select(g => Missing(g) ? null! : g!.contiguous())];
        // a batch without a finite sample has the loss NaN and no gradient: moments alone must not move the weights
        double norm = double.IsFinite(loss.to(ScalarType.Float64).item<double>()) ? Math.Sqrt(plain.Sum(SquaredNorm)) : double.NaN;
        if (!double.IsFinite(norm))
        {
            Refused++;
            return norm;
        }
        Steps++;
        double shortened = norm > largestNorm ? largestNorm / norm : 1, rate = LearningRate / (1 - Math.Pow(Beta1, Steps)),
            root = 1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps));
        if (_slots.All(s => s.Weight.Value.device_type == DeviceType.CPU))
            Parallel.For(0, _slots.Length, ParallelWork.Options(get_num_threads()), Move);
        else
            for (int k = 0; k < _slots.Length; k++)
                MoveByTorch(_slots[k].Weight, _slots[k].First, _slots[k].Second, plain[k], shortened, rate, root);
        foreach (Tensor weight in _slots.Select(s => s.Weight.Value))
            weight.narrow(0, 0, 0).zero_(); // tells torch that the numbers are others: an old graph refuses them
        void Move(int k)
        {
            if (_slots[k].Weight.Value.dtype == ScalarType.Float32)
                Move<float>(_slots[k].Weight, _slots[k].First, _slots[k].Second, plain[k], shortened, rate, root);
            else
                Move<double>(_slots[k].Weight, _slots[k].First, _slots[k].Second, plain[k], shortened, rate, root);
        }
        return norm;
    }

    private static double SquaredNorm(Tensor? g) => g is null ? 0
        : g.device_type != DeviceType.CPU ? g.square().sum(ScalarType.Float64).item<double>()
        : g.dtype == ScalarType.Float32 ? SquaredNorm(Numbers<float>(g)) : SquaredNorm(Numbers<double>(g));

    private static double SquaredNorm<T>(ReadOnlySpan<T> g) where T : unmanaged, INumber<T>
    {
        Vector<double> sum = Vector<double>.Zero; // one sum, in one order
        int k = 0;
        if (typeof(T) == typeof(float))
            for (ReadOnlySpan<float> f = MemoryMarshal.Cast<T, float>(g); k + Vector<float>.Count <= f.Length; k += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(f[k..]), out Vector<double> low, out Vector<double> high);
                sum += low * low + high * high;
            }
        double rest = Vector.Sum(sum);
        for (; k < g.Length; k++)
            rest += double.CreateTruncating(g[k]) * double.CreateTruncating(g[k]);
        return rest;
    }

    private static Span<T> Numbers<T>(Tensor t) where T : unmanaged => MemoryMarshal.Cast<byte, T>(t.bytes);

    /// <summary>The whole update in one pass over the memory.</summary>
    private void Move<T>(Tensor weight, Tensor first, Tensor second, Tensor? gradient, double shortened, double rate, double root)
        where T : unmanaged, INumber<T>
    {
        Span<T> w = Numbers<T>(weight), m = Numbers<T>(first), v = Numbers<T>(second), g = gradient is null ? default
            : Numbers<T>(gradient);
        T Of(double number) => T.CreateTruncating(number);
        (T beta1, T beta2, T new1, T new2, T scale, T r, T step, T epsilon, T kept) =
            (Of(Beta1), Of(Beta2), Of(1 - Beta1), Of(1 - Beta2), Of(shortened), Of(root), Of(rate), Of(Epsilon),
                Of(1 - LearningRate * WeightDecay));
        int k = 0;
        for (; k + Vector<T>.Count <= w.Length; k += Vector<T>.Count)
        {
            Vector<T> x = gradient is null ? Vector<T>.Zero : new Vector<T>(g[k..]) * scale, a = new Vector<T>(m[k..]) * beta1 + x * new1,
                b = new Vector<T>(v[k..]) * beta2 + x * x * new2;
            a.CopyTo(m[k..]);
            b.CopyTo(v[k..]);
            (new Vector<T>(w[k..]) * kept - a * step / (Vector.SquareRoot(b) * r + new Vector<T>(epsilon))).CopyTo(w[k..]);
        }
        for (; k < w.Length; k++)
        {
            T x = gradient is null ? T.Zero : g[k] * scale;
            m[k] = m[k] * beta1 + x * new1;
            v[k] = v[k] * beta2 + x * x * new2;
            w[k] = w[k] * kept - m[k] * step / (Vector.SquareRoot(new Vector<T>(v[k]))[0] * r + epsilon);
        }
    }

    private void MoveByTorch(Parameter weight, Tensor first, Tensor second, Tensor? gradient, double shortened, double rate, double root)
    {
        if (WeightDecay != 0)
            weight.Value.mul_(1 - LearningRate * WeightDecay);
        first.mul_(Beta1);
        second.mul_(Beta2);
        if (gradient is not null)
        {
            Tensor g = gradient * shortened;
            first.add_(g, 1 - Beta1);
            second.addcmul_(g, g, 1 - Beta2);
        }
        weight.Value.addcdiv_(first, second.sqrt().mul_(root).add_(Epsilon), -rate);
    }

    public void Dispose()
    {
        foreach ((_, _, Tensor first, Tensor second) in _slots)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
