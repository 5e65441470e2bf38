using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>Energies and forces of a batch as torch computes them.</summary>
public sealed class TorchForces
{
    private readonly Func<Tensor, (Tensor Energies, Tensor Forces)> _function;

    /// <summary>Of a function that knows its forces.</summary>
    /// <param name="function">Positions [B, N, 3] nm to energies [B] kJ/mol and forces [B, N, 3] kJ/mol/nm, on the positions'
    /// device.</param>
    public TorchForces(Func<Tensor, (Tensor Energies, Tensor Forces)> function) => _function = function;

    /// <summary>Of an energy alone: the forces are minus its gradient by autograd.</summary>
    /// <param name="energy">Positions [B, N, 3] nm to energies [B] kJ/mol, differentiable; a walker's energy depends on its own positions
    /// only.</param>
    public static TorchForces ByAutograd(Func<Tensor, Tensor> energy) => new(positions =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable gradients = enable_grad(); // whatever the caller has
        Tensor x = positions.detach().clone().requires_grad_(true), u = energy(x);
        Tensor gradient = autograd.grad([u.sum()], [x])[0];
        return (u.detach().MoveToOuterDisposeScope(), gradient.neg().MoveToOuterDisposeScope());
    });

    /// <summary>Energies and forces, in the caller's dispose scope.</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    public (Tensor Energies, Tensor Forces) Evaluate(Tensor positions) => _function(positions);
}
