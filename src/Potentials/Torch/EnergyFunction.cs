using System.Runtime.InteropServices;
using MolSampling.Potentials.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// The door from a <see cref="Potential"/> into TorchSharp's autograd: it computes energies and forces in one pass, and the backward pass
/// multiplies the incoming gradient by minus the forces. First derivatives only.
/// </summary>
public static class EnergyFunction
{
    /// <summary>U(x), differentiable once.</summary>
    /// <param name="potential">U.</param>
    /// <param name="positions">[B, N, 3] nm, float32 or float64, on the CPU.</param>
    /// <returns>[B] kJ/mol, float64; NaN and infinities as they are. Where a force is not finite, its component of the gradient is
    /// zero.</returns>
    /// <exception cref="ArgumentException">Another shape, type or device, or more than 2 GiB of coordinates in single
    /// precision.</exception>
    public static Tensor Energy(this Potential potential, Tensor positions)
    {
        TorchRuntime.EnsureLoaded();
        if (positions.dim() != 3 || positions.shape[1] != potential.AtomCount || positions.shape[2] != 3)
            throw new ArgumentException($"Positions must be [B, {potential.AtomCount}, 3], not [{string.Join(", ", positions.shape)}].");
        if (positions.dtype is not (ScalarType.Float32 or ScalarType.Float64) || positions.device_type != DeviceType.CPU)
            throw new ArgumentException($"Positions must be float32 or float64 on the CPU, not {positions.dtype} on {positions.device_type}.");
        if (positions.numel() > int.MaxValue / sizeof(float))
            throw new ArgumentException($"{positions.shape[0]} walkers of {potential.AtomCount} atoms are more than 2 GiB: split the batch.");

        using DisposeScope scope = NewDisposeScope();
        bool differentiable = positions.requires_grad && is_grad_enabled();
        Tensor plain = positions.detach().to(ScalarType.Float32).contiguous();
        // blocks are read from and written to torch's own memory
        Tensor u = empty([positions.shape[0]], ScalarType.Float64), gradient = empty(positions.shape, ScalarType.Float32);
        BatchEvaluation.Run(potential, MemoryMarshal.Cast<byte, float>(plain.bytes), MemoryMarshal.Cast<byte, double>(u.bytes),
            MemoryMarshal.Cast<byte, float>(gradient.bytes), 0,
            gradient: differentiable);
        if (!differentiable)
            return u.MoveToOuterDisposeScope();
        // Sum of x dU/dx with dU/dx held fixed: its first derivative is U's. torch keeps dU/dx for the backward pass but not the sum, whose
        // memory then takes U's value.
        // So no code of ours runs inside torch's backward pass, where an exception would end the process.
        Tensor energy = (positions * gradient.to(positions.dtype)).sum([1L, 2L]).to(ScalarType.Float64);
        u.bytes.CopyTo(energy.bytes);
        return energy.MoveToOuterDisposeScope();
    }
}
