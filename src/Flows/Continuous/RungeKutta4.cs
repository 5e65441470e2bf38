using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>The classical method of order 4 with equal steps: for training, where costs must be known and gradients pass through every
/// step.</summary>
/// <param name="steps">Over the whole interval.</param>
public sealed class RungeKutta4(int steps) : OdeSolver
{
    private readonly int _steps = steps > 0 ? steps : throw new ArgumentOutOfRangeException(nameof(steps), steps, "at least one step");

    /// <inheritdoc/>
    public override Tensor Solve(OdeFunction f, Tensor y, double from, double to)
    {
        double h = (to - from) / _steps;
        for (int n = 0; n < _steps; n++)
        {
            using DisposeScope scope = NewDisposeScope();
            double t = from + n * h;
            Tensor k1 = f(y, t), k2 = f(y + k1 * (h / 2), t + h / 2), k3 = f(y + k2 * (h / 2), t + h / 2), k4 = f(y + k3 * h, t + h);
            y = (y + (k1 + 2 * (k2 + k3) + k4) * (h / 6)).MoveToOuterDisposeScope();
        }
        return y;
    }
}
