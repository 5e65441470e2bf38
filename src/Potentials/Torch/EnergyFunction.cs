using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// The door from a <see cref="Potential"/> into TorchSharp's autograd: the engine computes energies and forces in one pass, and the backward pass multiplies the incoming
/// gradient by minus the forces. First derivatives only.
/// </summary>
public static class EnergyFunction
{
    /// <summary>U(x), differentiable once.</summary>
    /// <param name="potential">The engine.</param>
    /// <param name="positions">[B, N, 3] nm, float32 or float64, on the CPU.</param>
    /// <returns>[B] kJ/mol, float64; NaN and infinities as they are.</returns>
    /// <exception cref="ArgumentException">Another shape, type or device.</exception>
    public static Tensor Energy(this Potential potential, Tensor positions)
    {
        TorchRuntime.EnsureLoaded();
        if (positions.dim() != 3 || positions.shape[1] != potential.AtomCount || positions.shape[2] != 3)
            throw new ArgumentException($"Positions must be [B, {potential.AtomCount}, 3], not [{string.Join(", ", positions.shape)}].");
        if (positions.dtype is not (ScalarType.Float32 or ScalarType.Float64) || positions.device_type != DeviceType.CPU)
            throw new ArgumentException($"Positions must be float32 or float64 on the CPU, not {positions.dtype} on {positions.device_type}.");

        using DisposeScope scope = NewDisposeScope();
        using Tensor plain = positions.detach().to(ScalarType.Float32).contiguous();
        long batch = positions.shape[0];
        // the engine reads and writes torch's own memory
        Tensor u = empty([batch], ScalarType.Float64), f = empty(positions.shape, ScalarType.Float32);
        potential.Evaluate(MemoryMarshal.Cast<byte, float>(plain.bytes), MemoryMarshal.Cast<byte, double>(u.bytes), MemoryMarshal.Cast<byte, float>(f.bytes));
        f = f.to(positions.dtype);
        if (!positions.requires_grad)
            return u.MoveToOuterDisposeScope();
        // U(x) = U(x0) - f (x - x0) has the right value and the right first derivative at x0; no code of ours runs inside torch's backward pass,
        // where an exception would end the process.
        // Where a force is not finite the energy keeps its NaN or infinity and the gradient is zero.
        Tensor linear = (f.nan_to_num(0, 0, 0) * (positions - positions.detach())).sum([1L, 2L]).to(ScalarType.Float64);
        return (u - linear).MoveToOuterDisposeScope();
    }
}
