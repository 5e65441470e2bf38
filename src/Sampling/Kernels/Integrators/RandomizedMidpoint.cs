using System.Numerics.Tensors;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>
/// Underdamped Langevin dynamics by the randomized midpoint method: the force over a step is the one at a random time in it, which makes
/// the error of a step unbiased. R. Shen, Y. T. Lee, NeurIPS 32 (2019), "The randomized midpoint method for log-concave sampling",
/// algorithm 1, here with masses and friction. Two evaluations a step.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="friction">gamma, 1/ps.</param>
/// <param name="steps">Integration steps in one step of the kernel.</param>
/// <remarks>
/// dv = -gamma v dt + f/m dt + sqrt(2 gamma kT/m) dW. Midpoint y, a h into the step: the free motion (no force) plus (a h - (1 - e^(-gamma
/// a h))/gamma) f(x)/(gamma m). End: the free motion plus h (1 - e^(-gamma (1-a) h)) f(y)/(gamma m), in velocity h e^(-gamma (1-a) h)
/// f(y)/m. The free motion is drawn by its exact law, first to a h, then on to h, so that midpoint and end see one Brownian path.
/// </remarks>
public sealed class RandomizedMidpoint(IReadOnlyList<double> masses, double stepSize, double friction, int steps) : Kernel
{
    /// <inheritdoc/>
    public override int StepsPerCall => steps;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new DynamicsWorkspace(potential, masses);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The potential has a support.</exception>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        ThrowIfSupported(potential);
        var work = (DynamicsWorkspace)workspace;
        work.Prepare(block);
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, free = work.Scratch.Span;
        for (int n = 0; n < steps; n++)
        {
            long counter = step * steps + n;
            (uint high, uint low, _, _) = Philox.Words(random.Key, 0, (ulong)counter | 1UL << 62); // no normal numbers are drawn there
            double first = Philox.Uniform(high, low) * stepSize, second = stepSize - first;
            MoveFreely(block, work, first, random, 4 * counter);
            x.CopyTo(free);
            AddForce(x, (first - (1 - Math.Exp(-friction * first)) / friction) / friction, block, work);
            block.Evaluate(potential);
            free.CopyTo(x);
            MoveFreely(block, work, second, random, 4 * counter + 2);
            AddForce(x, stepSize * (1 - Math.Exp(-friction * second)) / friction, block, work);
            AddForce(v, stepSize * Math.Exp(-friction * second), block, work);
            block.Evaluate(potential);
        }
        work.CountEvaluations(block, 2L * steps);
    }

    /// <summary>
    /// The exact motion without force over a time t: x += (1 - e)/gamma v + A, v = e v + B, e = e^(-gamma t), with var B = (1 - e^2) kT/m,
    /// var A = (2 gamma t - 3 + 4 e - e^2) kT/(m gamma^2), cov AB = (1 - e)^2 kT/(m gamma).
    /// </summary>
    private void MoveFreely(WalkerBlock block, DynamicsWorkspace work, double t, RandomSource random, long counter)
    {
        double decay = Math.Exp(-friction * t), lost = 1 - decay, varianceB = lost * (1 + decay);
        if (!(varianceB > 0))
            return;
        double u = friction * t;
        // by its series where the closed form would cancel
        double varianceA = (u < 0.02 ? u * u * u * (2.0 / 3 - u / 2 + 7 * u * u / 30) : 2 * u - 3
            + 4 * decay - decay * decay) / (friction * friction);
        double covariance = lost * lost / friction;
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, speed = work.ThermalSpeed.Span;
        TensorPrimitives.MultiplyAdd(v, (float)(lost / friction), x, x);
        TensorPrimitives.Multiply(v, (float)decay, v);
        Span<float> noise = work.Draw(random, block, counter);
        TensorPrimitives.Multiply(noise, speed, noise);
        TensorPrimitives.MultiplyAdd(noise, (float)Math.Sqrt(varianceB), v, v);
        TensorPrimitives.MultiplyAdd(noise, (float)(covariance / Math.Sqrt(varianceB)), x, x);
        noise = work.Draw(random, block, counter + 1);
        TensorPrimitives.Multiply(noise, speed, noise);
        TensorPrimitives.MultiplyAdd(noise, (float)Math.Sqrt(Math.Max(0, varianceA - covariance * covariance / varianceB)), x, x);
    }

    private static void AddForce(Span<float> to, double factor, WalkerBlock block, DynamicsWorkspace work)
    {
        Span<float> acceleration = work.Noise.Span; // noise is spent
        TensorPrimitives.Multiply(block.Forces.Span, work.InverseMass.Span, acceleration);
        TensorPrimitives.MultiplyAdd(acceleration, (float)factor, to, to);
    }
}
