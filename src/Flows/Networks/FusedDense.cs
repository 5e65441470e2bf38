using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>
/// y = f(x) W^T + b with f = SiLU or the identity, as one operation of torch's autograd over <see cref="MatrixProduct"/>. Gradients are
/// formed only for what needs them: not for data, and not for weights that are constants. Where the gradient must be differentiable itself,
/// it is torch's.
/// </summary>
internal static unsafe class FusedDense
{
    private const int Chunk = 1 << 13;

    /// <summary>Whether it takes this: float32 on a CPU with 512-bit registers.</summary>
    public static bool Takes(Tensor x) => MatrixProduct.IsSupported && x.dtype == ScalarType.Float32 && x.device_type == DeviceType.CPU
        && x.dim() == 2;

    /// <summary>[B, O].</summary>
    /// <param name="x">[B, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="bias">[O].</param>
    /// <param name="activated">Whether f is SiLU.</param>
    /// <exception cref="InvalidOperationException">An earlier backward pass failed; its error is inside.</exception>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor bias, bool activated)
    {
        BackwardFailure.Throw();
        if (!is_grad_enabled() || !(x.requires_grad || weight.requires_grad || bias.requires_grad))
            return Evaluate(x, weight, bias, activated);
        return Function.apply(x, weight, bias, new Setting(activated, x.requires_grad, weight.requires_grad || bias.requires_grad))[0];
    }

    private readonly record struct Setting(bool Activated, bool ForInput, bool ForWeights);

    private static Tensor Evaluate(Tensor x, Tensor weight, Tensor bias, bool activated)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = activated ? Activated(x) : Plain(x), y = empty([x.shape[0], weight.shape[0]], x.dtype);
        Product(a, false, Plain(weight), true, Plain(bias), y);
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>y = a b + bias.</summary>
    private static void Product(Tensor a, bool aTransposed, Tensor b, bool bTransposed, Tensor? bias, Tensor y)
    {
        int rows = (int)y.shape[0], columns = (int)y.shape[1], inner = (int)b.shape[bTransposed ? 1 : 0];
        fixed (byte* pa = a.bytes, pb = b.bytes, py = y.bytes, pBias = bias is null ? default : bias.bytes)
            new MatrixProduct
            {
                Rows = rows,
                Columns = columns,
                Inner = inner,
                A = (float*)pa,
                RowStep = aTransposed ? 1 : inner,
                InnerStep = aTransposed ? rows : 1,
                B = (float*)pb,
                Transposed = bTransposed,
                Bias = (float*)pBias,
                C = (float*)py,
            }.Run(get_num_threads());
    }

    private static Tensor Plain(Tensor t) => t.detach().contiguous();

    private static Tensor Activated(Tensor x)
    {
        Tensor plain = Plain(x), h = empty(x.shape, x.dtype);
        fixed (byte* px = plain.bytes, ph = h.bytes)
            Elements((float*)px, null, (float*)ph, h.numel());
        return h;
    }

    /// <summary>target = SiLU(x), or target = gradient SiLU'(x) where there is one.</summary>
    private static void Elements(float* x, float* gradient, float* target, long count)
    {
        void Part(long chunk)
        {
            long first = chunk * Chunk, end = Math.Min(count, first + Chunk), n = first;
            for (; n + Float512.Width <= end; n += Float512.Width)
                Silu(new Float512(Vector512.Load(x + n)), gradient == null ? default : new Float512(Vector512.Load(gradient + n)),
                    gradient != null).Value.Store(target + n);
            for (; n < end; n++)
                target[n] = Silu(new Float512(Vector512.Create(x[n])), gradient == null ? default
                    : new Float512(Vector512.Create(gradient[n])), gradient != null).Value[0];
        }
        Each((count + Chunk - 1) / Chunk, count, Part);
    }

    private static void Each(long parts, long numbers, Action<long> work)
    {
        if (get_num_threads() > 1 && parts > 1 && numbers > 2 * Chunk) // below, starting a thread costs more
            Parallel.For(0L, parts, ParallelWork.Options(get_num_threads()), work);
        else
            for (long k = 0; k < parts; k++)
                work(k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float512 Silu(Float512 x, Float512 gradient, bool derivative)
    {
        Float512 sigmoid = Float512.Reciprocal(Float512.Exp(-x) + 1.0);
        return derivative ? gradient * sigmoid * Float512.MultiplyAdd(x, 1.0 - sigmoid, 1.0) : x * sigmoid;
    }

    /// <summary>Sums over rows, in their order.</summary>
    private static Tensor ColumnSums(Tensor t)
    {
        const int width = 128;
        Tensor sums = empty([t.shape[1]], t.dtype);
        int rows = (int)t.shape[0], columns = (int)t.shape[1];
        fixed (byte* source = t.bytes, target = sums.bytes)
        {
            float* from = (float*)source, to = (float*)target;
            Each((columns + width - 1) / width, t.numel(), part =>
            {
                int first = width * (int)part, own = Math.Min(width, columns - first);
                var sum = new Span<float>(to + first, own);
                sum.Clear();
                for (int r = 0; r < rows; r++)
                    System.Numerics.Tensors.TensorPrimitives.Add(sum, new ReadOnlySpan<float>(from + (long)r * columns + first, own), sum);
            });
        }
        return sums;
    }

    private sealed class Function : GuardedFunction<Function>
    {
        protected override Tensor Value(List<Tensor> inputs, object setting) => Evaluate(inputs[0], inputs[1], inputs[2],
            ((Setting)setting).Activated);

        protected override Tensor?[] Gradients(List<Tensor> inputs, Tensor incoming, object setting, bool again)
        {
            (Tensor x, Tensor weight, Tensor g) = (inputs[0], inputs[1], incoming);
            (bool activated, bool forInput, bool forWeights) = (Setting)setting;
            if (again)
            {
                Tensor sigmoid = x.sigmoid(), h = activated ? x * sigmoid : x, back = g.matmul(weight);
                return [activated ? back * sigmoid * (1 + x * (1 - sigmoid)) : back, g.t().matmul(h), g.sum([0L])];
            }
            g = Plain(g);
            Tensor? gx = null, gw = null, gb = null;
            if (forInput)
            {
                gx = empty(x.shape, x.dtype);
                Product(g, false, Plain(weight), false, null, gx);
                if (activated)
                    fixed (byte* px = Plain(x).bytes, pg = gx.bytes)
                        Elements((float*)px, (float*)pg, (float*)pg, gx.numel());
            }
            if (forWeights)
            {
                gw = empty(weight.shape, x.dtype);
                Product(g, true, activated ? Activated(x) : Plain(x), false, null, gw);
                gb = ColumnSums(g);
            }
            return [gx, gw, gb];
        }
    }
}
