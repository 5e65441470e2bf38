namespace MolSampling.Sampling.Estimators;

/// <summary>
/// Newton's method on MBAR's A(f), with a line search on its slope: A is convex, so a step is long enough when the slope along it has not
/// turned strongly upwards.
/// </summary>
internal static class MbarNewton
{
    /// <summary>Samples that two states share; fewer hold nothing together.</summary>
    public const double LeastLink = 1e-8;

    private const double Tolerance = 1e-9; // on the step, kT; the step is still taken, so what is left is its square
    private const double RoundingLimit = 1e-6; // a step that rounding keeps from shrinking
    private const double LongestStep = 50; // kT

    /// <summary>Minimises.</summary>
    /// <param name="equations">A, its gradient and its Hessian.</param>
    /// <param name="start">[S] kT, of the sampled states.</param>
    /// <param name="maxIterations">Steps at most.</param>
    /// <returns>[S] where it ended, and how.</returns>
    public static (double[] Solution, EstimatorStatus Status, int Iterations) Minimise(MbarEquations equations,
        IReadOnlyList<double> start, int maxIterations)
    {
        int states = equations.Sampled.Length, stalled = 0;
        double[] f = [.. start], gradient = new double[states], conductances = new double[states * states], trial = new double[states];
        equations.Evaluate(f, gradient, conductances);
        double least = double.PositiveInfinity;
        for (int iteration = 0; iteration < maxIterations; iteration++)
        {
            double[] step = [.. gradient.Select(g => -g)], links = [.. conductances];
            new Laplacian(conductances, states).Solve(step);
            double size = step.Max(Math.Abs), slope = Dot(gradient, step);
            if (!double.IsFinite(size))
                return (f, EstimatorStatus.IllConditioned, iteration);
            double norm = gradient.Sum(Math.Abs);
            // full steps that no longer help: what is left is rounding
            stalled = norm > 0.9 * least && size < LongestStep ? stalled + 1 : 0;
            least = Math.Min(least, norm);
            if (size <= Tolerance || stalled >= 5)
            {
                if (size > RoundingLimit)
                {
                    // rounding moves what nothing holds together: without such links, is the rest solved?
                    step = [.. gradient.Select(g => -g)];
                    new Laplacian([.. links.Select(c => c < LeastLink ? 0 : c)], states).Solve(step);
                    size = step.Max(Math.Abs);
                }
                for (int k = 0; k < states; k++)
                    f[k] += step[k];
                return (f, size <= RoundingLimit ? EstimatorStatus.Converged : EstimatorStatus.IllConditioned, iteration + 1);
            }
            double length = Math.Min(1, LongestStep / size);
            for (int halvings = 0; ; halvings++)
            {
                for (int k = 0; k < states; k++)
                    trial[k] = f[k] + length * step[k];
                equations.Evaluate(trial, gradient, conductances);
                double there = Dot(gradient, step);
                if (size < 1e-6 || there <= 0.5 * Math.Abs(slope) || halvings == 40)
                    break;
                length *= Math.Clamp(-slope / (there - slope), 0.1, 0.5);
            }
            (f, trial) = (trial, f);
        }
        return (f, EstimatorStatus.MaxIterations, maxIterations);
    }

    /// <summary>In the order of the entries, so that the bytes are the same on lanes of any width.</summary>
    public static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }
}
