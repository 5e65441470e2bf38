using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>dy/dt of independent rows, [B, K] to [B, K].</summary>
public delegate Tensor OdeFunction(Tensor y, double t);

/// <summary>Solves dy/dt = f(y, t) from one time to another, forwards or backwards. What it returns is differentiable step by step:
/// discretise, then optimise.</summary>
public abstract class OdeSolver
{
    /// <summary>y at the end, [B, K], in the caller's dispose scope; rows that could not be followed are NaN.</summary>
    /// <param name="f">The right-hand side.</param>
    /// <param name="y">[B, K] at the start.</param>
    /// <param name="from">Start.</param>
    /// <param name="to">End.</param>
    public abstract Tensor Solve(OdeFunction f, Tensor y, double from, double to);
}
