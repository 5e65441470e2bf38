using System.Numerics.Tensors;
using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling;

/// <summary>
/// Energy minimisation of a block by FIRE, every walker with its own clock: E. Bitzek, P. Koskinen, F. Gähler, M. Moseler, P. Gumbsch,
/// Phys. Rev. Lett. 97 (2006) 170201, with the step limited to 0.01 nm so that clashes relax without leaving the basin's neighbourhood.
/// </summary>
public static class FireMinimiser
{
    private const double StartStep = 0.001, LargestStep = 0.006, Mass = 12, LongestMove = 0.01; // ps, ps, Da, nm
    private const int Patience = 5;

    /// <summary>Forces become accelerations along the constraints, times the mean mass: what the constraints take up is none of the
    /// descent.</summary>
    private static void Constrain(IConstraints constraints, IReadOnlyList<double> masses, Span<float> x, Span<float> f, int width)
    {
        double mean = masses.Average();
        for (int row = 0; row < f.Length / width; row++)
            TensorPrimitives.Multiply(f.Slice(row * width, width), (float)(mean / masses[row / 3]), f.Slice(row * width, width));
        constraints.ProjectVelocities(x, f, width);
    }

    /// <summary>Minimises every walker of a block.</summary>
    /// <param name="potential">U.</param>
    /// <param name="block">The walkers; positions, forces and energies are current afterwards.</param>
    /// <param name="tolerance">Largest force component at the end, kJ/mol/nm.</param>
    /// <param name="maxIterations">Evaluations at most.</param>
    /// <param name="cancellation">Ends the minimisation where it stands.</param>
    /// <returns>Whether every walker reached the tolerance.</returns>
    public static bool Minimise(Potential potential, WalkerBlock block, double tolerance, int maxIterations,
        CancellationToken cancellation = default)
    {
        int width = block.Width, size = block.Dimension;
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span;
        double[] step = new double[width], mixing = new double[width];
        int[] downhill = new int[width];
        Array.Fill(step, StartStep);
        Array.Fill(mixing, 0.1);
        v.Clear();
        IConstraints? constraints = potential.Constraints;
        float[] old = constraints is null ? [] : new float[x.Length];
        block.Evaluate(potential);
        for (int iteration = 0; iteration < maxIterations && !cancellation.IsCancellationRequested; iteration++)
        {
            bool converged = true;
            x[..old.Length].CopyTo(old);
            if (constraints is not null)
                Constrain(constraints, potential.Masses, x, f, width);
            for (int lane = 0; lane < width; lane++)
            {
                double power = 0, force2 = 0, speed2 = 0, largest = 0;
                for (int k = lane; k < size * width; k += width)
                {
                    power += (double)f[k] * v[k];
                    force2 += (double)f[k] * f[k];
                    speed2 += (double)v[k] * v[k];
                    largest = Math.Max(largest, Math.Abs(f[k]));
                }
                if (largest <= tolerance || !double.IsFinite(force2))
                    continue;
                converged = false;
                if (power > 0)
                {
                    double turn = mixing[lane] * Math.Sqrt(speed2 / force2);
                    for (int k = lane; k < size * width; k += width)
                        v[k] = (float)((1 - mixing[lane]) * v[k] + turn * f[k]);
                    if (++downhill[lane] > Patience)
                    {
                        step[lane] = Math.Min(step[lane] * 1.1, LargestStep);
                        mixing[lane] *= 0.99;
                    }
                }
                else
                {
                    for (int k = lane; k < size * width; k += width)
                        v[k] = 0;
                    step[lane] *= iteration == 0 ? 1 : 0.5;
                    mixing[lane] = 0.1;
                    downhill[lane] = 0;
                }
                double furthest = 0, h = step[lane];
                for (int k = lane; k < size * width; k += width)
                {
                    v[k] += (float)(h / Mass * f[k]);
                    furthest = Math.Max(furthest, Math.Abs(h * v[k]));
                }
                double shrink = furthest > LongestMove ? LongestMove / furthest : 1;
                for (int k = lane; k < size * width; k += width)
                    x[k] += (float)(shrink * h * v[k]);
            }
            if (converged)
                return true;
            constraints?.Settle(old, x, v, 1, width);
            constraints?.ProjectVelocities(x, v, width);
            block.Evaluate(potential);
        }
        return false;
    }
}
