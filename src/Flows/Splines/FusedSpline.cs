using System.Runtime.CompilerServices;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Splines;

/// <summary>
/// Monotone rational-quadratic splines, element by element, as one operation of torch's autograd: value and log-derivative in one pass over
/// lanes, gradients in a second. The formula and its source stand in <see cref="RationalQuadratic"/>; the order of parameters in
/// <see cref="SplineShape"/>. Raw parameters of 0 make the identity.
/// </summary>
/// <remarks>
/// The backward pass is code of ours inside torch's (<see cref="GuardedFunction{T}"/>): an error there fills the gradients with NaN and is
/// thrown by the next <see cref="Apply(Tensor, Tensor, SplineShape, bool)"/> or by <see cref="ThrowIfBackwardFailed"/>. The house's other
/// way, a surrogate graph with its value overwritten (<see cref="EnergyFunction"/>), would have to keep both Jacobians, 2P numbers an
/// element; torch's part of it alone, without computing them, took about as long as value and gradient together here.
/// </remarks>
public static class FusedSpline
{
    /// <summary>y = f(x; parameters), or x = f^-1(y; parameters), differentiable once in both.</summary>
    /// <param name="x">The argument, any shape, float32 or float64, on the CPU.</param>
    /// <param name="parameters">[.., P] with x's shape before P and x's type: raw widths, raw heights, raw slopes, and a turn on a circle.
    /// P tells the number of bins.</param>
    /// <param name="kind">What happens at the ends.</param>
    /// <param name="low">Lower end of the support; the seam of a circle.</param>
    /// <param name="high">Upper end; low + circumference on a circle.</param>
    /// <param name="inverse">From y to x.</param>
    /// <returns>Value and log-derivative of the direction asked for, both in x's shape. NaN stays NaN, in its own element; an interval has
    /// NaN outside its support.
    /// Where nothing comes in for an element its gradient is zero, whatever the element.</returns>
    /// <exception cref="ArgumentException">Shapes, types or P do not fit, or parameters of more than 2 GiB.</exception>
    /// <exception cref="NotSupportedException">Tensors on another device than the CPU.</exception>
    /// <exception cref="InvalidOperationException">An earlier backward pass failed; its error is inside.</exception>
    public static (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, SplineKind kind, double low, double high,
        bool inverse = false) =>
        Apply(x, parameters, SplineShape.Of(kind, parameters.shape[^1], low, high), inverse);

    /// <summary>The same for a shape that is known.</summary>
    internal static (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, SplineShape shape, bool inverse)
    {
        TorchRuntime.EnsureLoaded();
        ThrowIfBackwardFailed();
        Check(x, parameters, shape);
        using DisposeScope scope = NewDisposeScope();
        Tensor both = is_grad_enabled() && (x.requires_grad || parameters.requires_grad) ? Function.apply(x, parameters,
            (shape, inverse))[0] : Evaluate(x, parameters, shape, inverse);
        return (both.select(0, 0).MoveToOuterDisposeScope(), both.select(0, 1).MoveToOuterDisposeScope());
    }

    /// <summary>Throws what went wrong in a backward pass since the last call, on whatever thread: to be called after backward() where no
    /// further <see cref="Apply(Tensor, Tensor, SplineShape, bool)"/> follows.</summary>
    /// <exception cref="InvalidOperationException">The gradients of that pass are NaN; the error is inside.</exception>
    public static void ThrowIfBackwardFailed() => BackwardFailure.Throw();

    private static void Check(Tensor x, Tensor parameters, SplineShape shape)
    {
        foreach (Tensor t in (ReadOnlySpan<Tensor>)[x, parameters])
            if (t.device_type != DeviceType.CPU)
                throw new NotSupportedException($"Splines are fused on the CPU only, not on {t.device}.");
        if (x.dtype is not (ScalarType.Float32 or ScalarType.Float64) || parameters.dtype != x.dtype)
            throw new ArgumentException($"A spline's argument and parameters are both float32 or both float64, not {x.dtype} and {parameters.dtype}.");
        if (!parameters.shape.AsSpan().SequenceEqual([.. x.shape, shape.Parameters]))
            throw new ArgumentException($"A spline's parameters are [{string.Join(", ", x.shape.Append(shape.Parameters))}], not [{string.Join(", ", parameters.shape)}].");
        if (parameters.numel() > int.MaxValue / x.element_size())
            throw new ArgumentException($"{parameters.numel()} parameters are more than 2 GiB: split the batch.");
    }

    /// <summary>Value and log-derivative, [2, ..].</summary>
    private static unsafe Tensor Evaluate(Tensor x, Tensor parameters, SplineShape shape, bool inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor both = empty([2, .. x.shape], x.dtype);
        fixed (byte* px = Plain(x).bytes, pp = Plain(parameters).bytes, p = both.bytes)
            new SplineJob { Shape = shape, Inverse = inverse, Count = x.numel(), Argument = px, Parameters = pp, Value = p, LogDerivative =
                p + x.numel() * x.element_size() }
                .Evaluate(x.dtype == ScalarType.Float32, get_num_threads());
        return both.MoveToOuterDisposeScope();
    }

    private static unsafe (Tensor X, Tensor Parameters) Differentiate(Tensor x, Tensor parameters, Tensor incoming, SplineShape shape,
        bool inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor gx = empty(x.shape, x.dtype), gp = empty(parameters.shape, x.dtype);
        fixed (byte* px = Plain(x).bytes, pp = Plain(parameters).bytes, qx = gx.bytes, qp = gp.bytes)
        fixed (byte* g = Plain(incoming).bytes)
            new SplineJob
            {
                Shape = shape,
                Inverse = inverse,
                Count = x.numel(),
                Argument = px,
                Parameters = pp,
                ValueGradient = g,
                LogDerivativeGradient = g + x.numel() * x.element_size(),
                ArgumentGradient = qx,
                ParametersGradient = qp,
            }.Differentiate(x.dtype == ScalarType.Float32, get_num_threads());
        return (gx.MoveToOuterDisposeScope(), gp.MoveToOuterDisposeScope());
    }

    /// <summary>The numbers alone, side by side.</summary>
    private static Tensor Plain(Tensor t) => t.detach().contiguous();

    private sealed class Function : GuardedFunction<Function>
    {
        protected override Tensor Value(List<Tensor> inputs, object setting)
        {
            var (shape, inverse) = ((SplineShape, bool))setting;
            return Evaluate(inputs[0], inputs[1], shape, inverse);
        }

        protected override Tensor?[] Gradients(List<Tensor> inputs, Tensor incoming, object setting, bool again)
        {
            if (again)
                throw new NotSupportedException("Fused splines have first derivatives only: no create_graph.");
            var (shape, inverse) = ((SplineShape, bool))setting;
            (Tensor x, Tensor parameters) = Differentiate(inputs[0], inputs[1], incoming, shape, inverse);
            return [x, parameters];
        }
    }
}
